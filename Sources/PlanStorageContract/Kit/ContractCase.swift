import PlanStorage

/// One promise of the ports, and what shows whether an adapter keeps it.
///
/// Its id never changes its meaning; a new requirement is a new case.
public struct ContractCase: Sendable, Identifiable, CustomStringConvertible {
  /// How a case looks at a store.
  public enum Layer: String, Hashable, Sendable, CaseIterable {
    /// One thread, one thing after the other.
    case sequential
    /// Random sequences against a plain model, cut down to the shortest that fails.
    case model
    /// Many threads at once, and what they may have seen.
    case concurrent
    /// Processes that are killed.
    case crash
  }

  /// What a store must have promised for the case to apply.
  public enum Need: String, Hashable, Sendable {
    /// Nothing: every store is held to it.
    case nothing
    /// That what was acknowledged outlives the process.
    case durability
    /// Durability, and a program that can be killed.
    case crashSubject
  }

  /// The stable name, as in `plan.insert.duplicate-id`.
  public let id: String
  /// How it looks at a store.
  public let layer: Layer
  /// What a store must have promised.
  public let need: Need
  /// The obligation that it checks, in the words of the ports.
  public let obligation: String
  /// What repeats its random choices.
  public let seed: UInt64
  /// The adapter that it is about.
  public let harness: StorageHarness
  private let body: @Sendable (CaseContext) throws -> Void
  private let effort: ContractEffort

  init(
    _ promise: ContractPromise, _ harness: StorageHarness, seed: UInt64, effort: ContractEffort
  ) {
    id = promise.id
    layer = promise.layer
    need = promise.need
    obligation = promise.obligation
    body = promise.body
    self.seed = seed
    self.harness = harness
    self.effort = effort
  }

  /// The first part of the id: what the case is about.
  public var topic: String { String(id.prefix { $0 != "." }) }

  /// The adapter and the id.
  public var description: String { "\(harness.name): \(id)" }

  /// Why the case does not apply to this adapter; nil when it does.
  public var reasonToSkip: String? {
    switch need {
    case .nothing: nil
    case .durability: harness.traits.isDurable ? nil : "the store promises no durability"
    case .crashSubject:
      if !harness.traits.isDurable {
        "the store promises no durability"
      } else {
        harness.crashSubject == nil ? "there is no program that could be killed" : nil
      }
    }
  }

  /// Runs the case on fresh stores, on the calling thread, which may block.
  ///
  /// Throws `ContractViolation` when the promise is broken. Gives back whether it was kept, or why
  /// the case was skipped: it is about a refinement of the ports that the store does not offer.
  @discardableResult
  public func run() throws -> ContractReport.Outcome {
    do { _ = try runCounting() } catch let absence as NotOffered {
      return .skipped(absence.reason)
    }
    return .passed
  }

  /// As `run`; says how much was done.
  func runCounting() throws -> ContractTally {
    let context = CaseContext(
      id: id, obligation: obligation, seed: seed, harness: harness, effort: effort)
    defer { context.cleanUp() }
    do { try body(context) } catch let violation as ContractViolation {
      throw violation
    } catch let absence as NotOffered {
      throw absence
    } catch {
      throw context.violation(
        step: "an error that nothing called for", expected: "no error", got: "\(error)")
    }
    return context.tally
  }
}

/// A refinement of the ports that a store does not have to offer, and does not.
struct NotOffered: Error {
  let reason: String
}

/// How much a case does that could go on for ever.
public struct ContractEffort: Hashable, Sendable {
  /// Multiplies rounds, histories, sequences and kills.
  public let factor: Double

  /// Enough for every change: the whole contract takes seconds.
  public static let standard = ContractEffort(factor: 1)

  /// So many times the standard effort.
  public init(factor: Double) { self.factor = factor }

  /// This many, scaled; at least one.
  func scaled(_ count: Int) -> Int { max(1, Int(Double(count) * factor)) }
}

/// A case before it knows the adapter.
struct ContractPromise: Sendable {
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
