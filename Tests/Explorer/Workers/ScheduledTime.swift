import PlanDomain
import PlanLifecycle
import PlanStorage

/// A clock, and the alarms of workers that run by it when the schedule says so.
final class ScheduledTime: TimeSource {
  private struct State: Sendable {
    var now = ExploredTime.start
    var alarms: [AlarmThread] = []
  }
  private let state = Locked(State())

  func now() -> Timestamp { state.withLock { $0.now } }

  // No thread waits: alarms are run by the schedule.
  func wait(until time: Timestamp?, orUntil signal: ThreadSignal) { signal.wait() }

  /// Adds the alarms of a run.
  func add(_ alarms: AlarmThread) { state.withLock { $0.alarms.append(alarms) } }

  /// The alarms that are due, and those of runs that have stopped them.
  var due: [AlarmThread] {
    let (alarms, now) = state.withLock { ($0.alarms, $0.now) }
    return alarms.filter { alarms in alarms.isStopped || alarms.next.map { $0 <= now } ?? false }
  }

  /// The earliest time of an alarm that is not due yet.
  var next: Timestamp? {
    let (alarms, now) = state.withLock { ($0.alarms, $0.now) }
    return alarms.compactMap(\.next).filter { $0 > now }.min()
  }

  /// Sets the clock.
  func set(_ now: Timestamp) { state.withLock { $0.now = now } }

  /// Runs what is due of these alarms.
  func run(_ alarms: AlarmThread) {
    if alarms.takeTurn() == .ends { forget(alarms) }
  }

  /// Runs these alarms no more.
  func forget(_ alarms: AlarmThread) {
    state.withLock { $0.alarms.removeAll { $0 === alarms } }
  }
}
