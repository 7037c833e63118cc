import PlanDomain
import PlanStorage

/// Notifies the feeds and the waiting tasks of one service about the commits of other processes.
///
/// While there are subscriptions to a store that is shared between processes, it asks the store at
/// intervals how far its events go: one small read for all subscriptions. Only when the answer has
/// changed, it reads the new events, if a subscriber needs them, and notifies. A subscriber that
/// reads the store after it has subscribed misses no commit. It is also notified of the commits of
/// this process. Safe to use from any thread.
///
/// While nothing is written, and the store can tell of the next write, it asks rarely. A write
/// precedes its commit, so from a write on it asks at the short interval for a while.
final class CommitPoller: Sendable {
  /// The interval between two questions to the store.
  ///
  /// Shorter than the 50 ms within which a commit is to be noticed, so that there is time left to
  /// wake two threads and to read.
  static let interval = Duration.milliseconds(30)
  /// The interval while the store waits for a write to tell of.
  static let idleInterval = Duration.seconds(1)
  /// How often it asks at the short interval after a write, which may still have to be synced.
  static let questionsAfterWrite = 33
  /// The maximum number of events that are read at once; if there are more, the notification does
  /// not contain the changed plans.
  private static let eventsPerRead: Int64 = 4_000

  private struct State: Sendable {
    var isScheduled = false
    /// The store's latest answer; nil before the first one.
    var answer: FeedState?
    /// How often it still asks at the short interval before it relies on the store's signal.
    var questionsLeft = 0
    /// Whether the store will tell of the next write.
    var isSignalled = false
    /// Whether an answer was new although the store had told of no write since the one before.
    var isSurprised = false

    /// The state without subscriptions; a signal that was asked for stays.
    var idle: State { State(isSignalled: isSignalled) }

    /// Whether the poller should ask for a signal now.
    ///
    /// Not where a commit came without one and none followed: the system does not tell of all
    /// writes to this store.
    var wantsSignal: Bool { questionsLeft == 0 && !isSignalled && !isSurprised }
    /// Whether it needs to ask rarely only.
    var reliesOnSignal: Bool { questionsLeft == 0 && isSignalled && !isSurprised }
  }

  private let engine: any StorageEngine
  /// Nil for a store that cannot tell of writes.
  private let signalling: (any WriteSignalling)?
  /// The alarm of the next question.
  private let alarm: AlarmThread.Alarm
  private let time: any TimeSource
  private let alarms: AlarmThread
  /// Nil for a store that cannot be suspended.
  private let suspension: Suspension?
  private let subscribers = CommitNotifier()
  private let state = Locked(State())
  private let resumptions = Locked<CommitNotifier.Subscription?>(nil)

  /// Creates a poller, which asks nothing before the first subscription.
  init(
    engine: any StorageEngine, suspension: Suspension?, time: any TimeSource, alarms: AlarmThread
  ) {
    self.engine = engine
    signalling = engine as? any WriteSignalling
    alarm = alarms.makeAlarm()
    self.suspension = suspension
    self.time = time
    self.alarms = alarms
    let subscription = suspension?.onResume { [weak self] in self?.goOn() }
    resumptions.withLock { $0 = subscription }
  }

  /// Calls the handler for every notification until the returned subscription is released; returns
  /// nil for a store that only this process uses.
  ///
  /// The handler runs on the alarm thread and must return quickly. The first notification may be
  /// about commits from before the subscription. Throws `outOfMemory` when the system cannot start
  /// a thread.
  func subscribe(
    needsChangedPlans: Bool = false,
    _ handler: @escaping @Sendable (CommitNotification) -> Void
  ) throws(StorageError) -> CommitNotifier.Subscription? {
    guard engine.traits.isSharedBetweenProcesses else { return nil }
    let subscription = subscribers.subscribe(needsChangedPlans: needsChangedPlans, handler)
    try start()
    return subscription
  }

  /// Polls again after the store was resumed, if there are subscriptions.
  private func goOn() {
    // The thread runs: it was started for the subscriptions.
    if !subscribers.isEmpty { try? start() }
  }

  private func start() throws(StorageError) {
    let isFirst = state.withLock { state in
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if isFirst { try schedule(after: Self.interval) }
  }

  private func schedule(after delay: Duration) throws(StorageError) {
    do {
      try alarms.schedule(alarm, at: time.now().adding(delay)) { [weak self] in self?.poll() }
    } catch {
      state.withLock { $0 = $0.idle }
      throw error
    }
  }

  /// Asks the store and notifies; runs on the alarm thread.
  ///
  /// Ends the polling when there are no subscriptions, and while the store is suspended. So
  /// subscriptions that follow each other closely do not wake the alarm thread, and the polling
  /// costs nothing where nobody waits.
  private func poll() {
    let (continues, answer) = state.withLock { state in
      let isSuspended = suspension?.isSuspended == true
      if subscribers.isEmpty || alarms.isStopped || isSuspended { state = state.idle }
      return (state.isScheduled, state.answer)
    }
    guard continues else { return }
    // Before the question, so that every later commit is told of.
    let wasSignalled = awaitSignal()
    do {
      let (next, notification) = try ask(after: answer)
      state.withLock { state in
        if wasSignalled, state.isSignalled, answer != nil, next != answer {
          state.isSurprised = true
          state.questionsLeft = Self.questionsAfterWrite
        }
        state.answer = next
      }
      if let notification { subscribers.notify(notification) }
    } catch {
      // After a lasting error, each subscriber reads the store and throws what it finds. After a
      // temporary one, the next question finds the commits.
      if !((error as? StorageError)?.isRetryable ?? false) { subscribers.notify(.ofAnyPlan) }
    }
    let delay = state.withLock { state in
      state.questionsLeft = max(0, state.questionsLeft - 1)
      return state.reliesOnSignal ? Self.idleInterval : Self.interval
    }
    // The thread runs, so that this throws nothing.
    try? schedule(after: delay)
  }

  /// Asks the store to tell of the next write, unless a write is recent; returns whether it had
  /// been asked before.
  private func awaitSignal() -> Bool {
    guard let signalling else { return false }
    let (wasSignalled, isWanted) = state.withLock { state in
      let before = state.isSignalled
      let isWanted = state.wantsSignal
      // Already now: the store may call before it returns.
      if isWanted { state.isSignalled = true }
      return (before, isWanted)
    }
    if isWanted, !signalling.onNextWrite({ [weak self] in self?.noteWrite() }) {
      state.withLock { $0.isSignalled = false }
    }
    return wasSignalled
  }

  /// Asks at once, and at the short interval for a while.
  private func noteWrite() {
    let continues = state.withLock { state in
      state.isSignalled = false
      state.isSurprised = false
      state.questionsLeft = Self.questionsAfterWrite
      return state.isScheduled
    }
    if continues { try? schedule(after: .zero) }
  }

  /// Returns the store's answer, and a notification if it differs from the previous one.
  private func ask(after previous: FeedState?) throws -> (FeedState, CommitNotification?) {
    let needsPlans = subscribers.needsChangedPlans
    return try engine.read { session in
      let answer = try session.feedState()
      if answer == previous { return (answer, nil) }
      guard needsPlans, let previous, answer.purges == previous.purges,
        answer.latest - previous.latest <= Self.eventsPerRead,
        // An event that cannot be read must not hide the others.
        let events = try? session.events(after: previous.latestCursor, limit: .max)
      else { return (answer, .ofAnyPlan) }
      return (answer, CommitNotification(of: events))
    }
  }
}

extension CommitNotification {
  /// A notification after which any plan may be changed or removed.
  fileprivate static let ofAnyPlan = CommitNotification(
    readyActors: [], endedLeases: [], hasEvents: true, removesPlans: true)

  /// Creates the notification of commits that appended these events and removed no plans.
  fileprivate init(of events: [RecordedEvent]) {
    self.init(
      readyActors: [], endedLeases: [], hasEvents: true,
      changedPlans: events.map { ChangedPlan(plan: $0.event.plan, status: $0.event.to) })
  }
}
