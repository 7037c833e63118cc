import PlanDomain
import PlanStorage

/// What the body of a case works with: fresh stores, random choices, and ways to say what went
/// wrong.
final class CaseContext: Sendable {
  let id: String
  let obligation: String
  let seed: UInt64
  let harness: StorageHarness
  let effort: ContractEffort
  private let state = Locked(State())

  private struct State: Sendable {
    var stores: [FreshStore] = []
    var engines: [any StorageEngine] = []
    var history: [String] = []
    var tally = ContractTally()
  }

  init(
    id: String, obligation: String, seed: UInt64, harness: StorageHarness, effort: ContractEffort
  ) {
    self.id = id
    self.obligation = obligation
    self.seed = seed
    self.harness = harness
    self.effort = effort
  }

  /// Values of the case's seed.
  func arbitrary(_ stream: UInt64 = 0) -> Arbitrary {
    Arbitrary(SeededGenerator(seed: seed ^ (stream &* 0x9E37_79B9_7F4A_7C15)))
  }

  /// An empty store of its own.
  func fresh() throws -> FreshStore {
    let store = try harness.fresh()
    state.withLock { $0.stores.append(store) }
    return store
  }

  /// Opens a store; closed at the end of the case when the case does not do it.
  func open(_ store: FreshStore) throws -> any StorageEngine {
    let engine = try store.backend.open()
    state.withLock { $0.engines.append(engine) }
    return engine
  }

  /// An empty store of its own, open.
  func openFresh() throws -> any StorageEngine { try open(fresh()) }

  /// Closes an engine that was opened here.
  func close(_ engine: any StorageEngine) throws { try engine.close() }

  func cleanUp() {
    let (stores, engines) = state.withLock { ($0.stores, $0.engines) }
    for engine in engines { try? engine.close() }
    for store in stores { store.remove() }
  }

  /// Remembers what was done, for the report of a violation.
  func note(_ line: String) { state.withLock { $0.history.append(line) } }

  func forget() { state.withLock { $0.history = [] } }

  /// Counts what was done.
  func count(_ change: (inout ContractTally) -> Void) { state.withLock { change(&$0.tally) } }

  var tally: ContractTally { state.withLock { $0.tally } }

  /// A violation of the case; of long texts only the place where they first differ.
  func violation(step: String, expected: String, got: String) -> ContractViolation {
    let difference = FirstDifference(expected, got)
    return ContractViolation(
      caseID: id, obligation: obligation, seed: seed, step: step, expected: difference.expected,
      got: difference.got, history: state.withLock { $0.history })
  }

  /// Makes sure of a fact.
  func expect(_ holds: Bool, _ step: String, expected: String, got: String = "otherwise") throws {
    guard !holds else { return }
    throw violation(step: step, expected: expected, got: got)
  }

  /// Makes sure that two answers are the same.
  func expect<T: Equatable>(_ got: T, is expected: T, _ step: String) throws {
    // Written down only when they differ: that takes longer than comparing them.
    guard got != expected else { return }
    throw violation(step: step, expected: "\(expected)", got: "\(got)")
  }

  /// Makes sure that what was read is what was written, to the byte.
  func expect<T: Portable>(_ got: T?, equals expected: T?, _ step: String) throws {
    let (a, b) = (got?.portable.serialized() ?? "nothing", expected?.portable.serialized())
    try expect(a.utf8.elementsEqual((b ?? "nothing").utf8), step, expected: b ?? "nothing", got: a)
  }

  /// Makes sure that these plans came, in this order.
  func expect(_ got: [Plan], are expected: [Plan], _ step: String) throws {
    try expect(got.map(\.id), is: expected.map(\.id), step)
    for (got, expected) in zip(got, expected) { try expect(got, equals: expected, step) }
  }

  /// Makes sure that a call fails with this code.
  func expectError(
    _ code: StorageError.Code, _ step: String, _ call: () throws -> Void
  ) throws {
    do { try call() } catch let error as StorageError {
      try expect(error.code.rawValue, is: code.rawValue, step)
      return
    } catch {
      throw violation(step: step, expected: "a storage error \(code.rawValue)", got: "\(error)")
    }
    throw violation(step: step, expected: "a storage error \(code.rawValue)", got: "no error")
  }
}

/// What can be compared to the byte.
protocol Portable {
  var portable: JSONValue { get }
}

extension Plan: Portable {}
extension Action: Portable {}
extension PlanEvent: Portable {}
