import PlanDomain
import PlanStorage

/// The environment of a running case: fresh stores, random values and checks.
///
/// Safe to use from any thread.
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

  /// Random values from the seed of the case; each `stream` is a different sequence.
  func arbitrary(_ stream: UInt64 = 0) -> Arbitrary {
    Arbitrary(SeededGenerator(seed: seed ^ (stream &* 0x9E37_79B9_7F4A_7C15)))
  }

  /// Creates an empty store.
  func fresh() throws -> FreshStore {
    let store = try harness.fresh()
    state.withLock { $0.stores.append(store) }
    return store
  }

  /// Opens a store, which `cleanUp` closes.
  func open(_ store: FreshStore) throws -> any StorageEngine {
    let engine = try store.backend.open()
    state.withLock { $0.engines.append(engine) }
    return engine
  }

  /// Creates an empty store and opens it.
  func openFresh() throws -> any StorageEngine { try open(fresh()) }

  /// Closes all engines and removes all stores of the case.
  func cleanUp() {
    let (stores, engines) = state.withLock { ($0.stores, $0.engines) }
    for engine in engines { try? engine.close() }
    for store in stores { store.remove() }
  }

  /// Adds a line to the history that a violation reports.
  func note(_ line: String) { state.withLock { $0.history.append(line) } }

  /// Clears the history.
  func forget() { state.withLock { $0.history = [] } }

  /// Changes the counts of what the case has done.
  func count(_ change: (inout ContractTally) -> Void) { state.withLock { change(&$0.tally) } }

  var tally: ContractTally { state.withLock { $0.tally } }

  /// A violation of the case; long texts are cut around their first difference.
  func violation(step: String, expected: String, got: String) -> ContractViolation {
    let difference = FirstDifference(expected, got)
    return ContractViolation(
      caseID: id, obligation: obligation, seed: seed, step: step, expected: difference.expected,
      got: difference.got, history: state.withLock { $0.history })
  }

  /// Throws a violation unless `holds`.
  func expect(_ holds: Bool, _ step: String, expected: String, got: String = "something else")
    throws
  {
    guard !holds else { return }
    throw violation(step: step, expected: expected, got: got)
  }

  /// Throws a violation unless two values are equal.
  func expect<T: Equatable>(_ got: T, is expected: T, _ step: String) throws {
    // The texts are made only for a violation: that takes longer than the comparison.
    guard got != expected else { return }
    throw violation(step: step, expected: "\(expected)", got: "\(got)")
  }

  /// Throws a violation unless two values have the same portable form, byte by byte.
  func expect<T: Portable>(_ got: T?, equals expected: T?, _ step: String) throws {
    let (a, b) = (got?.portable.serialized() ?? "nothing", expected?.portable.serialized())
    try expect(a.utf8.elementsEqual((b ?? "nothing").utf8), step, expected: b ?? "nothing", got: a)
  }

  /// Throws a violation unless the plans are equal and in the same order.
  func expect(_ got: [Plan], are expected: [Plan], _ step: String) throws {
    try expect(got.map(\.id), is: expected.map(\.id), step)
    for (got, expected) in zip(got, expected) { try expect(got, equals: expected, step) }
  }

  /// Throws a violation unless the call throws a `StorageError` with this code.
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

/// A value with a portable form that can be compared byte by byte.
protocol Portable {
  var portable: JSONValue { get }
}

extension Plan: Portable {}
extension Action: Portable {}
extension PlanEvent: Portable {}
