public import PlanDomain
public import PlanLifecycle
import PlanStorage

/// A clock that stands still until a test moves it.
///
/// Safe to use from any thread.
///
/// ```swift
/// let time = ManualTime()
/// let test = try TestSystem(time: time)
/// time.advance(by: .seconds(3600))
/// ```
public final class ManualTime: TimeSource {
  private struct State: Sendable {
    var now: Timestamp
    var last = 0
    var waiting: [Int: (until: Timestamp, signal: ThreadSignal)] = [:]
  }
  private let state: Locked<State>

  /// Creates a clock that shows this time; without one, 2023-11-14T22:13:20Z.
  public init(_ start: Timestamp = Timestamp(microseconds: 1_700_000_000_000_000)) {
    state = Locked(State(now: start))
  }

  /// Returns the time that the test set.
  public func now() -> Timestamp { state.withLock { $0.now } }

  /// Moves the clock by a duration, backwards if it is negative, and wakes the threads whose time
  /// has come.
  public func advance(by duration: Duration) { move { $0.adding(duration) } }

  /// Moves the clock to a time, unless it shows a later one, and wakes the threads whose time has
  /// come.
  public func advance(to time: Timestamp) { move { max($0, time) } }

  private func move(_ change: (Timestamp) -> Timestamp) {
    let due = state.withLock { state in
      state.now = change(state.now)
      return state.waiting.values.filter { $0.until <= state.now }.map(\.signal)
    }
    for signal in due { signal.raise() }
  }

  /// The number of threads that wait for a time.
  package var waiting: Int { state.withLock { $0.waiting.count } }

  /// The earliest time that a thread waits for.
  package var nextWake: Timestamp? { state.withLock { $0.waiting.values.map(\.until).min() } }

  /// Whether a thread waits for this time.
  package func isAwaited(_ time: Timestamp) -> Bool {
    state.withLock { $0.waiting.values.contains { $0.until == time } }
  }

  /// Blocks the calling thread until the test has moved the clock to this time, or until the signal
  /// is raised.
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
