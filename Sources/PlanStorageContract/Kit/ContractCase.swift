import PlanStorage

/// One obligation of the ports, and a test of whether an adapter meets it.
///
/// The meaning of an id never changes; a new requirement is a new case.
public struct ContractCase: Sendable, Identifiable, CustomStringConvertible {
  /// How a case tests a store.
  public enum Layer: String, Hashable, Sendable, CaseIterable {
    /// One thread, one call after the other.
    case sequential
    /// Random sequences of calls, compared with a reference model; a failing one is shortened.
    case model
    /// Calls of many threads, whose results must fit a sequential order.
    case concurrent
    /// Processes that are killed.
    case crash
  }

  /// What a store must have for the case to apply.
  public enum Need: String, Hashable, Sendable {
    /// Nothing: the case applies to every store.
    case nothing
    /// Durability: an acknowledged unit of work survives the end of the process.
    case durability
    /// Durability, and a program that can be killed.
    case crashSubject
  }

  /// The stable name, as in `plan.insert.duplicate-id`.
  public let id: String
  /// How the case tests a store.
  public let layer: Layer
  /// What a store must have.
  public let need: Need
  /// The obligation that the case tests.
  public let obligation: String
  /// The seed of the random choices; the same seed repeats them.
  public let seed: UInt64
  /// The adapter under test.
  public let harness: StorageHarness
  private let body: @Sendable (CaseContext) throws -> Void
  private let effort: ContractEffort

  init(
    _ definition: CaseDefinition, _ harness: StorageHarness, seed: UInt64, effort: ContractEffort
  ) {
    id = definition.id
    layer = definition.layer
    need = definition.need
    obligation = definition.obligation
    body = definition.body
    self.seed = seed
    self.harness = harness
    self.effort = effort
  }

  /// The first part of the id, as in `plan`.
  public var topic: String { String(id.prefix { $0 != "." }) }

  /// The adapter and the id.
  public var description: String { "\(harness.name): \(id)" }

  /// Why the case does not apply to this adapter; nil when it applies.
  public var reasonToSkip: String? {
    switch need {
    case .nothing: nil
    case .durability: harness.traits.isDurable ? nil : "the store is not durable"
    case .crashSubject:
      if !harness.traits.isDurable {
        "the store is not durable"
      } else {
        harness.crashSubject == nil ? "the harness has no program to kill" : nil
      }
    }
  }

  /// Runs the case on fresh stores, on the calling thread, which may block.
  ///
  /// Returns `passed`, or `skipped` when the case needs a refinement of the ports that the store
  /// does not offer.
  ///
  /// - Throws: ``ContractViolation`` if the obligation is violated, also for an error of the store
  ///   that the case does not expect.
  @discardableResult
  public func run() throws -> ContractReport.Outcome {
    do { _ = try runCounting() } catch let missing as NotOffered {
      return .skipped(missing.reason)
    }
    return .passed
  }

  /// Runs the case as `run()` does and returns the counts; throws `NotOffered` when it is skipped.
  func runCounting() throws -> ContractTally {
    let context = CaseContext(
      id: id, obligation: obligation, seed: seed, harness: harness, effort: effort)
    defer { context.cleanUp() }
    do { try body(context) } catch let violation as ContractViolation {
      throw violation
    } catch let missing as NotOffered {
      throw missing
    } catch {
      throw context.violation(
        step: "running the case", expected: "no error", got: "\(error)")
    }
    return context.tally
  }
}

/// The store does not offer an optional refinement of the ports that a case needs.
struct NotOffered: Error {
  let reason: String
}

/// How many rounds the repeating cases run.
public struct ContractEffort: Hashable, Sendable {
  /// The factor for the numbers of rounds, histories, sequences and kills.
  public let factor: Double

  /// The effort for every change: the whole contract takes seconds.
  public static let standard = ContractEffort(factor: 1)

  /// An effort of `factor` times the standard one.
  public init(factor: Double) { self.factor = factor }

  /// `count` times the factor, at least 1.
  func scaled(_ count: Int) -> Int { max(1, Int(Double(count) * factor)) }
}

/// A case without an adapter.
struct CaseDefinition: Sendable {
  let id: String
  let layer: ContractCase.Layer
  let need: ContractCase.Need
  let obligation: String
  let body: @Sendable (CaseContext) throws -> Void

  init(
    _ id: String, _ obligation: String, layer: ContractCase.Layer = .sequential,
    need: ContractCase.Need = .nothing, _ body: @escaping @Sendable (CaseContext) throws -> Void
  ) {
    self.id = id
    self.layer = layer
    self.need = need
    self.obligation = obligation
    self.body = body
  }
}
