public import PlanDomain
public import PlanLifecycle
import PlanStorage

/// A clock that stands still until a test moves it.
public final class ManualTime: TimeSource {
  private struct State: Sendable {
    var now: Timestamp
    var last = 0
    var waiting: [Int: (until: Timestamp, signal: ThreadSignal)] = [:]
  }
  private let state: Locked<State>

  /// A clock that shows this time.
  public init(_ start: Timestamp = Timestamp(microseconds: 1_700_000_000_000_000)) {
    state = Locked(State(now: start))
  }

  /// The time that the test set.
  public func now() -> Timestamp { state.withLock { $0.now } }

  /// Moves the clock, also backwards, and wakes the threads that waited for this.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.adding(duration)
      return state.waiting.values.filter { $0.until <= state.now }.map(\.signal)
    }
    for signal in due { signal.raise() }
  }

  /// How many threads wait for a time.
  public var waiting: Int { state.withLock { $0.waiting.count } }

  /// The earliest time that a thread waits for.
  public var nextWake: Timestamp? { state.withLock { $0.waiting.values.map(\.until).min() } }

  /// Whether a thread waits for this time.
  public func isAwaited(_ time: Timestamp) -> Bool {
    state.withLock { $0.waiting.values.contains { $0.until == time } }
  }

  /// Waits until the test has moved the clock that far.
  public func wait(until time: Timestamp?, orUntil signal: ThreadSignal) {
    guard let time else { return signal.wait() }
    let number: Int? = state.withLock { state in
      if time <= state.now { return nil }
      state.last += 1
      state.waiting[state.last] = (time, signal)
      return state.last
    }
    guard let number else { return }
    signal.wait()
    state.withLock { $0.waiting[number] = nil }
  }
}
