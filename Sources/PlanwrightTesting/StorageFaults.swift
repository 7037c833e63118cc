import PlanStorage
import PlanStorageContract

/// The faults that a test plans for its store.
///
/// A failing call throws a `StorageError` with the code
/// ``Planwright/StorageError/Code/inputOutput``. Every read and every unit of work is a call, those
/// of workers and feeds included. Safe to use from any thread.
///
/// ```swift
/// test.faults.failNext(2, .loseAnswer)
/// await #expect(throws: StorageError.self) {
///   try await test.plans.use(note, arguments: Note(text: "milk"))
/// }
/// ```
public final class StorageFaults: Sendable {
  /// The way in which a call fails.
  public enum Fault: Sendable, CaseIterable {
    /// The call throws and does nothing.
    case refuse
    /// The unit of work runs and is rolled back; a read does not run.
    case rollBack
    /// The unit of work is committed, but the call throws, as when a connection is lost before the
    /// answer arrives.
    case loseAnswer
  }

  private struct State: Sendable {
    /// What the next calls do; nil is a call that succeeds.
    var next: [Fault?] = []
    var generator = SeededGenerator(seed: 0)
    var percent = 0
    var calls = 0
    var failures = 0

    mutating func take() -> Fault? {
      calls += 1
      let fault = next.isEmpty ? drawn() : next.removeFirst()
      if fault != nil { failures += 1 }
      return fault
    }

    private mutating func drawn() -> Fault? {
      guard percent > 0, Int.random(in: 0..<100, using: &generator) < percent else { return nil }
      return Fault.allCases.randomElement(using: &generator)
    }
  }
  private let state = Locked(State())

  /// The number of calls that have begun.
  public var calls: Int { state.withLock { $0.calls } }
  /// The number of calls that failed as planned.
  public var failures: Int { state.withLock { $0.failures } }

  /// Lets the next `count` calls succeed, after those that are already planned.
  ///
  /// ```swift
  /// test.faults.pass(3)
  /// test.faults.failNext()  // the fourth call
  /// ```
  public func pass(_ count: Int) {
    state.withLock { $0.next += Array(repeating: nil, count: max(0, count)) }
  }

  /// Makes the next `count` calls fail, after those that are already planned.
  public func failNext(_ count: Int = 1, _ fault: Fault = .refuse) {
    state.withLock { $0.next += Array(repeating: fault, count: max(0, count)) }
  }

  /// Makes about `percent` of all calls fail, in all ways, until ``stop()``; the same ones for a
  /// seed.
  ///
  /// ```swift
  /// test.faults.failRandomly(percent: 10, seed: 7)
  /// ```
  public func failRandomly(percent: Int, seed: UInt64) {
    state.withLock { state in
      state.generator = SeededGenerator(seed: seed)
      state.percent = percent
    }
  }

  /// Ends all faults, planned and random.
  public func stop() {
    state.withLock { state in
      state.next = []
      state.percent = 0
    }
  }

  /// The same faults in the form in which the engine that fails takes them.
  func plan() -> FaultPlan {
    FaultPlan { [self] _ in
      switch state.withLock({ $0.take() }) {
      case .refuse: .refuse
      case .rollBack: .rollBack
      case .loseAnswer: .loseAnswer
      case nil: nil
      }
    }
  }
}
