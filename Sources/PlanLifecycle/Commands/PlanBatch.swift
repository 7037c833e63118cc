public import PlanDomain
import PlanStorage

/// The result of a command to several plans: the changed plans and the skipped ones.
///
/// A collection of the changed plans, in the order of the changes.
public struct PlanBatch: Sendable, RandomAccessCollection {
  /// A plan that was skipped, and the reason.
  public struct Skipped: Sendable {
    /// The plan's id.
    public let id: Plan.ID
    /// A `PlanError` or `StorageError` that concerns this plan.
    public let error: any Error
  }

  /// The plans after the command.
  package internal(set) var plans: [Plan] = []
  /// The plans that were unreadable or refused the command; nothing of them was changed.
  public internal(set) var skipped: [Skipped] = []

  /// The position of the first plan.
  public var startIndex: Int { plans.startIndex }
  /// The position after the last plan.
  public var endIndex: Int { plans.endIndex }
  /// The plan at this position.
  public subscript(position: Int) -> Plan { plans[position] }
}

extension PlanTransaction {
  /// Runs a command on each plan; skips plans that refuse it before their first write.
  ///
  /// Calls `tried` with the id of each plan before its command, and with nil after the last. Throws
  /// the error of a plan that failed after its first write, which spoils the unit of work.
  func each(
    _ ids: [Plan.ID], tried: (Plan.ID?) -> Void, into batch: inout PlanBatch,
    _ body: (Plan.ID) throws -> Plan?
  ) throws {
    for id in ids {
      tried(id)
      do {
        if let plan = try command({ try body(id) }) { batch.plans.append(plan) }
      } catch {
        // Throws if the error followed a write.
        _ = try changes.writeCount()
        batch.skipped.append(PlanBatch.Skipped(id: id, error: error))
      }
    }
    tried(nil)
  }
}

extension PlanBatch {
  /// Adds the unreadable plans of a due list to `skipped`.
  mutating func skip(_ unreadable: [UnreadablePlan]) {
    skipped += unreadable.map { Skipped(id: $0.id, error: $0.error) }
  }
}
