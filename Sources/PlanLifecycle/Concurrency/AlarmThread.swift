package import PlanDomain
import PlanStorage

/// Runs actions at their times, all on one thread of its own.
///
/// A sleeping task keeps its memory until its time, even when it is cancelled, and needs a
/// cooperative thread to continue. A cancelled alarm is removed at once, and an alarm is on time
/// even when the cooperative threads are blocked. Safe to use from any thread.
package final class AlarmThread: Sendable {
  /// What the thread does after a turn.
  package enum Turn: Hashable, Sendable {
    /// It waits for this time, or for its signal; nil when no alarm is scheduled.
    case waits(until: Timestamp?)
    /// It looks for due alarms again.
    case goesOn
    /// It ends.
    case ends
  }

  /// A scheduled action.
  struct Alarm: Hashable, Sendable {
    fileprivate let number: Int
  }

  private struct Entry: Sendable {
    let time: Timestamp
    let action: @Sendable () -> Void
  }

  private struct State: Sendable {
    var entries: [Int: Entry] = [:]
    var lastNumber = 0
    var isStarted = false
    var isStopped = false
    /// Whether the thread waits, or is about to; otherwise it looks at the entries again by itself.
    var isWaiting = false
    /// The time that the waiting thread waits for; nil when it waits only for its signal.
    var waitsUntil: Timestamp?

    var next: Timestamp? { entries.values.lazy.map(\.time).min() }

    mutating func makeAlarm() -> Alarm {
      lastNumber += 1
      return Alarm(number: lastNumber)
    }

    mutating func takeDue(at now: Timestamp) -> [Entry] {
      // Most calls find none, and allocate nothing.
      guard entries.values.contains(where: { isStopped || $0.time <= now }) else { return [] }
      let due = entries.filter { isStopped || $0.value.time <= now }
      for number in due.keys { entries[number] = nil }
      return due.values.sorted { $0.time < $1.time }
    }
  }

  private let time: any TimeSource
  private let start: @Sendable (AlarmThread) -> Bool
  private let signal = ThreadSignal()
  private let state = Locked(State())

  /// Creates an alarm thread, which starts with the first alarm.
  ///
  /// `start` returns false when the system cannot start a thread.
  init(
    time: any TimeSource,
    start: @escaping @Sendable (AlarmThread) -> Bool = AlarmThread.startThread(of:)
  ) {
    self.time = time
    self.start = start
  }

  /// Whether the thread was stopped, so that it would run every action at once.
  package var isStopped: Bool { state.withLock { $0.isStopped } }

  /// The time of the next alarm; nil when none is scheduled.
  package var next: Timestamp? { state.withLock { $0.next } }

  /// Returns an alarm that is not scheduled, for `schedule(_:at:_:)`.
  func makeAlarm() -> Alarm { state.withLock { $0.makeAlarm() } }

  /// Schedules the action to run once, at this time or shortly after; at once if the thread was
  /// stopped.
  ///
  /// An `alarm` that is scheduled already keeps its time and its action if they are not later. A
  /// long action delays the others. Throws `outOfMemory` when the system cannot start a thread.
  @discardableResult
  func schedule(
    _ alarm: Alarm? = nil, at time: Timestamp, _ action: @escaping @Sendable () -> Void
  ) throws(StorageError) -> Alarm {
    let (alarm, isFirst, isStopped) = state.withLock { state in
      let alarm = alarm ?? state.makeAlarm()
      let isFirst = !state.isStarted && !state.isStopped
      state.isStarted = true
      if !state.isStopped, state.entries[alarm.number].map({ time < $0.time }) ?? true {
        state.entries[alarm.number] = Entry(time: time, action: action)
        if state.isWaiting, state.waitsUntil.map({ time < $0 }) ?? true { signal.raise() }
      }
      return (alarm, isFirst, state.isStopped)
    }
    if isStopped { action() }
    if isFirst, !start(self) {
      state.withLock { $0 = State(lastNumber: $0.lastNumber) }
      throw StorageError(
        .outOfMemory, operation: "starting", subject: "a thread for alarms",
        reason: "the system cannot start another thread")
    }
    return alarm
  }

  /// Cancels an alarm; its action may already be running.
  func cancel(_ alarm: Alarm) { state.withLock { $0.entries[alarm.number] = nil } }

  /// Makes the thread run all scheduled actions at once and end.
  func stop() {
    state.withLock { $0.isStopped = true }
    signal.raise()
  }

  /// Starts a thread that runs the actions; returns false when the system cannot start one.
  static func startThread(of alarms: AlarmThread) -> Bool {
    DetachedThread.start { alarms.serve() }
  }

  private func serve() {
    while true {
      switch takeTurn() {
      case .waits(let until): time.wait(until: until, orUntil: signal)
      case .goesOn: break
      case .ends: return
      }
    }
  }

  /// Runs the actions that are due; returns what the thread does then.
  package func takeTurn() -> Turn {
    let (due, next, isStopped) = state.withLock { state in
      let due = state.takeDue(at: time.now())
      let next = due.isEmpty ? state.next : nil
      (state.isWaiting, state.waitsUntil) = (due.isEmpty, next)
      return (due, next, state.isStopped)
    }
    for entry in due { entry.action() }
    if isStopped { return .ends }
    return due.isEmpty ? .waits(until: next) : .goesOn
  }
}
