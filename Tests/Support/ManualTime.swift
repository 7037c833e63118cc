public import PlanDomain
public import PlanLifecycle
import PlanStorage

/// A clock that stands still until a test moves it.
public final class ManualTime: TimeSource {
  private struct Sleeper: Sendable {
    let until: Timestamp
    let wake: CheckedContinuation<Void, any Error>
  }
  private struct State: Sendable {
    var now: Timestamp
    var next = 0
    var sleepers: [Int: Sleeper] = [:]
    var cancelled: Set<Int> = []
  }
  private let state: Guarded<State>

  /// A clock that shows this time.
  public init(_ start: Timestamp = Timestamp(microseconds: 1_700_000_000_000_000)) {
    state = Guarded(State(now: start))
  }

  /// The time that the test set.
  public func now() -> Timestamp { state.withLock { $0.now } }

  /// Moves the clock, also backwards, and wakes whoever slept until then.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.adding(duration)
      let due = state.sleepers.filter { $0.value.until <= state.now }
      for number in due.keys { state.sleepers[number] = nil }
      return due.values.map(\.wake)
    }
    for wake in due { wake.resume() }
  }

  /// How many tasks sleep.
  public var sleepers: Int { state.withLock { $0.sleepers.count } }

  /// When the first sleeper wants to be woken.
  public var nextWake: Timestamp? { state.withLock { $0.sleepers.values.map(\.until).min() } }

  /// Sleeps until the test has moved the clock that far.
  public func sleep(until time: Timestamp) async throws {
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
          if time <= state.now { return .success(()) }
          state.sleepers[number] = Sleeper(until: time, wake: continuation)
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: number)
        if sleeper == nil { state.cancelled.insert(number) }
        return sleeper
      }
      sleeper?.wake.resume(throwing: CancellationError())
    }
  }
}
