public import PlanDomain
package import PlanStorage

/// The lifecycle on top of a store: reads and units of work for synchronous and asynchronous
/// callers.
///
/// A host gets it as `system.plans`. Safe to use from any thread and any task. `read` and `write`
/// block no cooperative thread; the forms that end in `Blocking` block the calling thread and are
/// for code that is not asynchronous.
///
/// While the store is suspended, calls throw ``StorageError/Code/suspended`` or wait, as the host
/// chose. A unit of work that had begun and was rolled back throws ``StorageError/Code/suspended``
/// in both cases.
///
/// ```swift
/// let plan = try await system.plans.write { transaction in
///   try transaction.use("local/note", arguments: ["text": "remember the milk"])
/// }
/// let status = try await system.plans.read { try $0.plan(plan.id).status }
/// ```
public final class PlanLifecycleService: Sendable {
  /// The store.
  package let engine: any StorageEngine
  /// The clock, the source of ids and the jitter.
  package let environment: PlanEnvironment
  /// The closures that are called with what the service does.
  let telemetry: PlanTelemetry
  private let timesUnitsOfWork: Bool
  private let observation: ActivityObservers.Observation?
  private let notifier: CommitNotifier
  /// Notifies workers and feeds of this service that it was closed.
  let closing = CommitNotifier()
  /// The actors that workers of this service serve.
  let serving = ServedActors()
  /// The thread that polls the store and ends the waits of tasks.
  private let alarms: AlarmThread
  /// Notifies feeds and waiting tasks about the commits of other processes.
  let poller: CommitPoller
  /// The tasks that wait for plans.
  let waiters: PlanWaiters
  let blockingExecutor = BlockingExecutor()
  /// Whether the store is suspended; nil for a store that cannot be.
  let suspension: Suspension?
  /// The store, if it queues units of work without blocking the caller's thread.
  private let submitting: (any UnitOfWorkSubmitting)?
  // The store's `read`. A call through `engine` would increment a reference count that all readers
  // share.
  private let reading: @Sendable (@Sendable (any ReadSession) throws -> Void) throws -> Void

  /// Creates a service on top of a store.
  package init(
    engine: any StorageEngine, environment: PlanEnvironment, telemetry: PlanTelemetry = .none
  ) {
    self.engine = engine
    self.telemetry = telemetry
    timesUnitsOfWork = telemetry.unitOfWorkBegan != nil || telemetry.unitOfWorkEnded != nil
    observation = telemetry.storageActivity.flatMap {
      (engine as? any ActivityReporting)?.observers.observe($0)
    }
    submitting = engine as? any UnitOfWorkSubmitting
    suspension = (engine as? any Suspendable)?.suspension
    notifier = engine.notifier
    self.environment = environment
    alarms = AlarmThread(time: environment.time)
    poller = CommitPoller(
      engine: engine, suspension: suspension, time: environment.time, alarms: alarms)
    waiters = PlanWaiters(
      engine: engine, closing: closing, suspension: suspension, poller: poller,
      time: environment.time, alarms: alarms, executor: blockingExecutor)
    reading = Self.reading(of: engine)
  }

  private static func reading(
    of engine: some StorageEngine
  ) -> @Sendable (@Sendable (any ReadSession) throws -> Void) throws -> Void {
    { try engine.read($0) }
  }

  /// Runs the body on one consistent snapshot, on the calling thread, which it may block.
  ///
  /// For synchronous code; a task calls ``read(_:)``. The body may run again if the snapshot was
  /// lost, so it must have no other effects.
  ///
  /// ```swift
  /// let status = try system.plans.readBlocking { try $0.plan(id).status }
  /// ```
  ///
  /// - Throws: The error of the body; ``StorageError/Code/nestedUnitOfWork`` inside a unit of work
  ///   or a read of the same store; other errors of ``StorageError`` if the store fails.
  @inlinable
  public func readBlocking<R: Sendable>(
    _ body: @Sendable (borrowing PlanSnapshot) throws -> R
  ) throws -> R {
    let result = InlinedResult<R>()
    try readSnapshot { snapshot in result.keep(try body(snapshot)) }
    return try result.value(of: "reading")
  }

  @usableFromInline
  func readSnapshot(_ body: @Sendable (borrowing PlanSnapshot) throws -> Void) throws {
    try repeatingWhenResumedBlocking(if: { callsWait }) { try readSnapshotNow(body) }
  }

  private func readSnapshotNow(
    _ body: @Sendable (borrowing PlanSnapshot) throws -> Void
  ) throws {
    try reading { session in try body(PlanSnapshot(session: session)) }
  }

  /// Runs the body as one unit of work and blocks the calling thread until it is committed.
  ///
  /// For synchronous code; a task calls `write`. The body may run again after its
  /// transaction was rolled back, so it must have no effects but those on the transaction. Returns
  /// what the body returned once the unit of work is as durable as the store promises.
  ///
  /// ```swift
  /// let plan = try system.plans.writeBlocking { transaction in
  ///   try transaction.use("local/note", arguments: ["text": "remember the milk"])
  /// }
  /// ```
  ///
  /// - Throws: The error of the body, after which nothing was changed;
  ///   ``StorageError/Code/nestedUnitOfWork`` inside a unit of work or a read of the same store;
  ///   other errors of ``StorageError`` if the store fails.
  @inlinable
  @discardableResult
  public func writeBlocking<R: Sendable>(
    _ body: @Sendable (borrowing PlanTransaction) throws -> R
  ) throws -> R {
    let result = InlinedResult<R>()
    try writeBlocking { transaction in result.keep(try body(transaction)) }
    return try result.value(of: "writing")
  }

  /// Runs a body without a result as one unit of work, as the form with a result does.
  ///
  /// An unused plan may be its last expression.
  ///
  /// ```swift
  /// try system.plans.writeBlocking { try $0.cancel(id, reason: "not needed any more") }
  /// ```
  ///
  /// - Throws: The error of the body, after which nothing was changed;
  ///   ``StorageError/Code/nestedUnitOfWork`` inside a unit of work or a read of the same store;
  ///   other errors of ``StorageError`` if the store fails.
  public func writeBlocking(_ body: @Sendable (borrowing PlanTransaction) throws -> Void) throws {
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
    try repeatingWhenResumedBlocking(if: { !changes.hasBegun && callsWait }) {
      try commitBlocking(changes, body)
    }
  }

  private func commitBlocking(
    _ changes: UnitOfWorkEffects, _ body: @Sendable (borrowing PlanTransaction) throws -> Void
  ) throws {
    if timesUnitsOfWork {
      return try UnitOfWorkTimer(telemetry).ending { try commitUntimed(changes, body) }
    }
    try commitUntimed(changes, body)
  }

  private func commitUntimed(
    _ changes: UnitOfWorkEffects, _ body: @Sendable (borrowing PlanTransaction) throws -> Void
  ) throws {
    do { try engine.write { session in try run(body, in: session, changes) } } catch {
      if let failure = changes.notificationOfFailure() { notifier.notify(failure) }
      throw error
    }
    notifier.notify(try changes.notification())
  }

  // Not inlined: in an asynchronous caller it would crash the optimizer of Swift 6.3.1 ("splitting
  // coroutine").
  /// Runs the body on one consistent snapshot without blocking the cooperative threads.
  ///
  /// The body may run again if the snapshot was lost, so it must have no other effects.
  ///
  /// ```swift
  /// let (plan, children) = try await system.plans.read { snapshot in
  ///   (try snapshot.plan(id), try snapshot.children(of: id))
  /// }
  /// ```
  ///
  /// - Throws: The error of the body; `CancellationError` if the task is cancelled while the call
  ///   waits for the end of a suspension; ``StorageError`` if the store fails.
  @inline(never)
  public func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    try await repeatingWhenResumed(if: { callsWait }) { try await readNow(body) }
  }

  /// Runs the body as `read` does, but never waits for a suspended store: throws `suspended`.
  ///
  /// For workers and feeds, which wait themselves, whatever the host chose for its own calls.
  // Not inlined: the optimizer of Swift 6.3 crashes when it splits the caller.
  @inline(never)
  func readNow<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    switch engine.traits.latency {
    case .inline: try readBlockingNow(body)
    case .blocking: try await blockingExecutor.run { [self] in try readBlockingNow(body) }
    }
  }

  private func readBlockingNow<R: Sendable>(
    _ body: @Sendable (borrowing PlanSnapshot) throws -> R
  ) throws -> R {
    let result = InlinedResult<R>()
    try readSnapshotNow { snapshot in result.keep(try body(snapshot)) }
    return try result.value(of: "reading")
  }

  /// Runs the body as one unit of work without blocking the cooperative threads.
  ///
  /// Everything in the body happens, or nothing does. The body may run again after its transaction
  /// was rolled back, so it must have no effects but those on the transaction. Returns what the
  /// body returned once the unit of work is as durable as the store promises. Tasks that write at
  /// the same time share a commit where the store can do that.
  ///
  /// ```swift
  /// let (milk, bread) = try await system.plans.write { transaction in
  ///   (
  ///     try transaction.use("local/note", arguments: ["text": "milk"]).id,
  ///     try transaction.use("local/note", arguments: ["text": "bread"]).id
  ///   )
  /// }
  /// ```
  ///
  /// - Throws: The error of the body, after which nothing was changed; `CancellationError` if the
  ///   task is cancelled before the body begins, in a store that queues units of work, or while the
  ///   call waits for the end of a suspension; ``StorageError`` if the store fails.
  @inlinable
  @discardableResult
  public func write<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> R
  ) async throws -> R {
    let result = InlinedResult<R>()
    try await write { transaction in result.keep(try body(transaction)) }
    return try result.value(of: "writing")
  }

  /// Runs a body without a result as one unit of work, as the form with a result does.
  ///
  /// An unused plan may be its last expression.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.cancel(id, reason: "not needed any more") }
  /// ```
  ///
  /// - Throws: The error of the body, after which nothing was changed; `CancellationError` if the
  ///   task is cancelled before the body begins, in a store that queues units of work, or while the
  ///   call waits for the end of a suspension; ``StorageError`` if the store fails.
  public func write(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void
  ) async throws {
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
    try await repeatingWhenResumed(if: { !changes.hasBegun && callsWait }) {
      try await commit(changes, body)
    }
  }

  private func commit(
    _ changes: UnitOfWorkEffects,
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void
  ) async throws {
    guard let submitting else {
      switch engine.traits.latency {
      case .inline: return try commitBlocking(changes, body)
      case .blocking:
        return try await blockingExecutor.run { [self] in try commitBlocking(changes, body) }
      }
    }
    if timesUnitsOfWork {
      return try await UnitOfWorkTimer(telemetry).ending {
        try await submit(changes, body, to: submitting)
      }
    }
    try await submit(changes, body, to: submitting)
  }

  private func submit(
    _ changes: UnitOfWorkEffects,
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void,
    to submitting: any UnitOfWorkSubmitting
  ) async throws {
    do {
      try await submitting.submitted { [self] session in try run(body, in: session, changes) }
    } catch {
      if let failure = changes.notificationOfFailure() { notifier.notify(failure) }
      throw error
    }
    notifier.notify(try changes.notification())
  }

  /// Runs the body as `write` does, but never waits for a suspended store: throws `suspended`.
  // Not inlined, as `readNow`.
  @inline(never)
  func writeNow<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> R
  ) async throws -> R {
    let result = InlinedResult<R>()
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
    try await commit(changes) { transaction in result.keep(try body(transaction)) }
    return try result.value(of: "writing")
  }

  /// Runs the body as `writeBlocking` does, but never waits for a suspended store: throws
  /// `suspended`.
  func writeBlockingNow<R: Sendable>(
    _ body: @Sendable (borrowing PlanTransaction) throws -> R
  ) throws -> R {
    let result = InlinedResult<R>()
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
    try commitBlocking(changes) { transaction in result.keep(try body(transaction)) }
    return try result.value(of: "writing")
  }

  /// Closes the store once running units of work have finished; blocks the calling thread until
  /// then.
  ///
  /// Idempotent. Running workers of this service, waiting feeds and tasks that wait for plans end
  /// with the error ``StorageError/Code/closed``. ``PlanWorker/stop()`` first lets handlers finish.
  ///
  /// - Throws: ``StorageError/Code/nestedUnitOfWork`` inside a unit of work or a read of this
  ///   store.
  public func close() throws(StorageError) {
    try engine.close()
    closing.notify(CommitNotification(readyActors: [], endedLeases: [], hasEvents: false))
    alarms.stop()
  }

  deinit { alarms.stop() }
}
