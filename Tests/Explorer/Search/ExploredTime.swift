import PlanDomain
import PlanLifecycle
import PlanStorage

/// A clock that the explorer sets, also back to the time of an earlier state.
final class ExploredTime: TimeSource {
  static let start = Timestamp(microseconds: 1_700_000_000_000_000)
  private let time = Locked(ExploredTime.start)

  func now() -> Timestamp { time.withLock { $0 } }

  func set(_ now: Timestamp) { time.withLock { $0 = now } }

  // No step waits for a time: only workers and waiting tasks do.
  func wait(until time: Timestamp?, orUntil signal: ThreadSignal) { signal.wait() }
}
