public import PlanDomain
import PlanStorage

/// What a command to several plans did: the plans that it changed, and those that it left out.
///
/// A collection of the changed plans, in the order in which they were changed.
public struct PlanBatch: Sendable, RandomAccessCollection {
  /// A plan that was left out, and why.
  public struct Skipped: Sendable {
    /// The plan.
    public let id: Plan.ID
    /// A `PlanError` or `StorageError` that concerns this plan.
    public let error: any Error
  }

  /// The plans as they are after the command.
  package internal(set) var plans: [Plan] = []
  /// The plans that could not be read, or that refused the command; nothing of them was changed.
  public internal(set) var skipped: [Skipped] = []

  /// The position of the first plan.
  public var startIndex: Int { plans.startIndex }
  /// The position after the last plan.
  public var endIndex: Int { plans.endIndex }
  /// The plan at this position.
  public subscript(position: Int) -> Plan { plans[position] }
}

extension PlanTransaction {
  /// Does the same to each of these plans, and leaves out those that refuse it before anything of
  /// them was written.
  ///
  /// `tried` is told the id of each plan before its turn, and nil after the last. Throws the error of a plan that failed
  /// after its first write, which spoils the unit of work.
  func each(
    _ ids: [Plan.ID], tried: (Plan.ID?) -> Void, into batch: inout PlanBatch,
    _ body: (Plan.ID) throws -> Plan?
  ) throws {
    for id in ids {
      tried(id)
      do {
        if let plan = try command({ try body(id) }) { batch.plans.append(plan) }
      } catch {
        // Throws when the error came after a write.
        _ = try changes.soundWrites()
        batch.skipped.append(PlanBatch.Skipped(id: id, error: error))
      }
    }
    tried(nil)
  }
}

extension PlanBatch {
  /// Keeps the plans of a due list that could not be read.
  mutating func skip(_ unreadable: [UnreadablePlan]) {
    skipped += unreadable.map { Skipped(id: $0.id, error: $0.error) }
  }
}
