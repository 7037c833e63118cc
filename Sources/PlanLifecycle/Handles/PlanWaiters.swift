import PlanDomain
import PlanStorage

/// Lets tasks wait for plans of one service, without a thread and without a read for each of them.
///
/// While tasks wait, it subscribes to commits, also to those of other processes. A commit that may
/// bring plans to a goal causes one read of these plans for all tasks; other commits cause none.
/// While the store is suspended nothing is read; its end causes a read of all plans. Safe to use
/// from any thread.
///
/// No change is missed: a task is added first and its plans are read afterwards, and a commit whose
/// notification arrives during a read marks the plan for the next one.
final class PlanWaiters: Sendable {
  /// The pause after a temporary failure of the store.
  static let retryInterval = Duration.seconds(1)
  /// The maximum number of plans of one read, so that it does not delay writers for long.
  private static let plansPerRead = 1_000

  private struct State: Sendable {
    var tasks = WaitingTasks()
    var lastNumber = 0
    var subscriptions: [CommitNotifier.Subscription] = []
    /// The subscription to the commits of other processes.
    var polling: CommitNotifier.Subscription?
    /// The time of the scheduled alarm; nil when none is scheduled.
    var alarmTime: Timestamp?
    /// Nil also between the decision for a time and its scheduling.
    var alarm: AlarmThread.Alarm?
    var isChecking = false
    var mustCheck = false

    /// Ends the subscriptions when no task waits; returns the alarm to cancel.
    mutating func endIfUnused() -> AlarmThread.Alarm? {
      guard tasks.count == 0 else { return nil }
      defer { (alarm, alarmTime) = (nil, nil) }
      (subscriptions, polling) = ([], nil)
      return alarm
    }
  }

  private let engine: any StorageEngine
  private let closing: CommitNotifier
  /// Nil for a store that cannot be suspended.
  private let suspension: Suspension?
  private let poller: CommitPoller
  private let time: any TimeSource
  private let alarms: AlarmThread
  private let executor: BlockingExecutor
  private let state = Locked(State())

  /// Creates a registry without waiting tasks; `closing` notifies when the service was closed.
  init(
    engine: any StorageEngine, closing: CommitNotifier, suspension: Suspension?,
    poller: CommitPoller, time: any TimeSource, alarms: AlarmThread, executor: BlockingExecutor
  ) {
    self.engine = engine
    self.closing = closing
    self.suspension = suspension
    self.poller = poller
    self.time = time
    self.alarms = alarms
    self.executor = executor
  }

  /// The number of waiting tasks.
  var count: Int { state.withLock { $0.tasks.count } }

  /// Whether every plan was checked after the latest commit that may concern it.
  var isIdle: Bool { state.withLock { !$0.isChecking && !$0.tasks.hasUnchecked } }

  /// Waits until all plans (or the first one) have reached the goal or failed to.
  ///
  /// `plans` must not be empty; `found` are those that are known to have been stored. The outcomes
  /// contain `planNotFound`, `planPurged` or `approvalOverdue` for plans that cannot reach the
  /// goal. Throws `StorageError` when a plan cannot be read, `closed` when the service is closed,
  /// and `CancellationError` at once when the task is cancelled.
  func wait(
    for plans: Set<Plan.ID>, found: Set<Plan.ID>, until goal: WaitGoal, needsAll: Bool = true
  ) async throws -> WaitingTasks.Outcomes {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    // Empty, for the thread sanitizer, as in `BlockingExecutor.run`.
    defer { state.withLock { _ in } }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        add(
          WaitingTasks.Waiter(
            goal: goal, needsAll: needsAll, missing: plans, found: found,
            continuation: continuation),
          as: number)
      }
    } onCancel: {
      cancel(number)
    }
  }

  private func add(_ waiter: WaitingTasks.Waiter, as number: Int) {
    state.withLock { state in
      if state.subscriptions.isEmpty { state.subscriptions = subscribe() }
      state.tasks.insert(waiter, as: number)
    }
    // If the task was cancelled before it was added, the cancellation handler found nothing.
    if Task.isCancelled { return cancel(number) }
    startChecking()
  }

  private func subscribe() -> [CommitNotifier.Subscription] {
    [
      engine.notifier.subscribe(needsChangedPlans: true) { [weak self] notification in
        self?.note(notification)
      },
      closing.subscribe { [weak self] _ in self?.checkAll() },
      suspension?.onResume { [weak self] in self?.checkAll() },
    ].compactMap { $0 }
  }

  private func cancel(_ number: Int) {
    let (waiter, alarm) = state.withLock { state in
      let waiter = state.tasks.remove(number)
      return (waiter, state.endIfUnused())
    }
    if let alarm { alarms.cancel(alarm) }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  /// Subscribes to the commits of other processes while tasks wait.
  ///
  /// Called by the checking thread only, before it reads, so that no commit is missed.
  private func subscribeToPoller() throws(StorageError) {
    guard state.withLock({ $0.tasks.count > 0 && $0.polling == nil }) else { return }
    let polling = try poller.subscribe(needsChangedPlans: true) { [weak self] notification in
      self?.note(notification)
    }
    // Unless the last task has ended in the meantime.
    state.withLock { if $0.tasks.count > 0 { $0.polling = polling } }
  }

  /// Runs on the thread of a caller whose unit of work was committed, or on the alarm thread.
  private func note(_ notification: CommitNotification) {
    if state.withLock({ $0.tasks.note(notification) }) { startChecking() }
  }

  private func checkAll() {
    state.withLock { _ = $0.tasks.markAll() }
    startChecking()
  }

  /// Makes one thread read the marked plans, unless one does already.
  private func startChecking() {
    let mustStart = state.withLock { state in
      defer { (state.isChecking, state.mustCheck) = (true, true) }
      return !state.isChecking
    }
    if mustStart { executor.start { [self] in check() } }
  }

  /// Reads marked plans until none are left; resumes the tasks that end.
  private func check() {
    while let plans = takeUnchecked() {
      do throws(StorageError) {
        try subscribeToPoller()
        apply(read(plans))
        try setAlarm()
      } catch {
        failAll(error)
      }
    }
  }

  private func apply(_ readings: [WaitingTasks.Reading]) {
    let now = time.now()
    let (ended, alarm) = state.withLock { state in
      let ended = state.tasks.apply(readings, at: now, retryAt: now.adding(Self.retryInterval))
      return (ended, state.endIfUnused())
    }
    if let alarm { alarms.cancel(alarm) }
    for task in ended { task.resume() }
  }

  private func takeUnchecked() -> [Plan.ID]? {
    state.withLock { state in
      guard state.mustCheck else {
        state.isChecking = false
        return nil
      }
      let plans = state.tasks.takeUnchecked(limit: Self.plansPerRead)
      state.mustCheck = state.tasks.hasUnchecked
      return plans
    }
  }

  /// Reads plans on one snapshot, each by itself, so that an unreadable one does not hide others.
  private func read(_ plans: [Plan.ID]) -> [WaitingTasks.Reading] {
    if plans.isEmpty { return [] }
    do {
      return try engine.read { session in
        plans.map { id -> WaitingTasks.Reading in
          do { return (id, .success(try session.plan(id))) } catch { return (id, .failure(error)) }
        }
      }
    } catch {
      return plans.map { ($0, .failure(error)) }
    }
  }

  /// Schedules the next check that no commit causes; called by the checking thread only.
  private func setAlarm() throws(StorageError) {
    let (old, next) = state.withLock { state -> (AlarmThread.Alarm?, Timestamp?) in
      // While the store is suspended, only its end causes a check.
      let next = suspension?.isSuspended == true ? nil : state.tasks.nextCheck
      guard next != state.alarmTime else { return (nil, nil) }
      defer { (state.alarm, state.alarmTime) = (nil, next) }
      return (state.alarm, next)
    }
    if let old { alarms.cancel(old) }
    guard let next else { return }
    let alarm = try alarms.schedule(at: next) { [weak self] in self?.checkDue() }
    let isNeeded = state.withLock { state in
      guard state.alarmTime == next else { return false }
      state.alarm = alarm
      return true
    }
    // It went off, or the last task ended, in the meantime.
    if !isNeeded { alarms.cancel(alarm) }
  }

  /// Runs on the alarm thread.
  private func checkDue() {
    let now = time.now()
    state.withLock { state in
      (state.alarm, state.alarmTime) = (nil, nil)
      state.tasks.markDue(at: now)
    }
    startChecking()
  }

  private func failAll(_ error: StorageError) {
    let (waiters, alarm) = state.withLock { state in
      let waiters = state.tasks.removeAll()
      return (waiters, state.endIfUnused())
    }
    if let alarm { alarms.cancel(alarm) }
    for waiter in waiters { waiter.continuation.resume(throwing: error) }
  }
}
