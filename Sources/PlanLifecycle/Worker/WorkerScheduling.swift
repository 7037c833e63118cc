/// Where the tasks of a worker run, and what runs its alarms.
///
/// Tests replace both, to decide what runs next and so to try every order.
package struct WorkerScheduling: Sendable {
  /// The executor of the tasks; nil for that of the process.
  let executor: (any TaskExecutor)?
  /// Starts the thread of the alarms; returns false when the system cannot start one.
  let startAlarms: @Sendable (AlarmThread) -> Bool

  /// The executor of the process, and a thread for the alarms of each run.
  package static let system = WorkerScheduling(
    executor: nil, startAlarms: AlarmThread.startThread(of:))

  /// Creates a scheduling.
  ///
  /// `startAlarms` is called once for each run and must return at once. What it starts calls
  /// `takeTurn()` when an alarm is due or the run has stopped its alarms, until the turn ends them.
  package init(
    executor: (any TaskExecutor)?, startAlarms: @escaping @Sendable (AlarmThread) -> Bool
  ) {
    self.executor = executor
    self.startAlarms = startAlarms
  }
}
