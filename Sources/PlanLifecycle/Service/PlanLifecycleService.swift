public import PlanDomain
package import PlanStorage

/// The lifecycle on top of a store: reads and units of work for synchronous and asynchronous
/// callers.
///
/// Safe to use from any thread and any task.
///
///     let plan = try await system.plans.write { transaction in
///       try transaction.use("local/note", arguments: ["text": "remember the milk"])
///     }
///     let status = try await system.plans.read { try $0.plan(plan.id).status }
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
  private let blockingExecutor = BlockingExecutor()
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
    notifier = engine.notifier
    self.environment = environment
    alarms = AlarmThread(time: environment.time)
    poller = CommitPoller(engine: engine, time: environment.time, alarms: alarms)
    waiters = PlanWaiters(
      engine: engine, closing: closing, poller: poller, time: environment.time, alarms: alarms,
      executor: blockingExecutor)
    reading = Self.reading(of: engine)
  }

  private static func reading(
    of engine: some StorageEngine
  ) -> @Sendable (@Sendable (any ReadSession) throws -> Void) throws -> Void {
    { try engine.read($0) }
  }

  /// Runs the body on one consistent snapshot, on the calling thread, which it may block.
  ///
  /// For synchronous code. Throws the body's error, or `StorageError`.
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
    try reading { session in try body(PlanSnapshot(session: session)) }
  }

  /// Runs the body as one unit of work and blocks the calling thread until it is committed.
  ///
  /// For synchronous code. Throws the body's error, after which nothing was changed, or
  /// `StorageError`.
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
  /// An unused plan may be its last expression, as in `{ try $0.use("local/note") }`. Throws the
  /// same errors.
  public func writeBlocking(_ body: @Sendable (borrowing PlanTransaction) throws -> Void) throws {
    if timesUnitsOfWork {
      return try UnitOfWorkTimer(telemetry).ending { try writeUntimed(body) }
    }
    try writeUntimed(body)
  }

  private func writeUntimed(
    _ body: @Sendable (borrowing PlanTransaction) throws -> Void
  ) throws {
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
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
  /// Throws the body's error, or `StorageError`.
  @inline(never)
  public func read<R: Sendable>(
    _ body: @escaping @Sendable (borrowing PlanSnapshot) throws -> R
  ) async throws -> R {
    switch engine.traits.latency {
    case .inline: try readBlocking(body)
    case .blocking: try await blockingExecutor.run { [self] in try readBlocking(body) }
    }
  }

  /// Runs the body as one unit of work without blocking the cooperative threads.
  ///
  /// Throws the body's error, after which nothing was changed, or `StorageError`; if the store
  /// queues units of work, `CancellationError` when the task is cancelled before the body began.
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
  /// An unused plan may be its last expression, as in `{ try $0.use("local/note") }`. Throws the
  /// same errors.
  public func write(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void
  ) async throws {
    guard let submitting else {
      switch engine.traits.latency {
      case .inline: return try writeBlocking(body)
      case .blocking: return try await blockingExecutor.run { [self] in try writeBlocking(body) }
      }
    }
    if timesUnitsOfWork {
      return try await UnitOfWorkTimer(telemetry).ending { try await submit(body, to: submitting) }
    }
    try await submit(body, to: submitting)
  }

  private func submit(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void,
    to submitting: any UnitOfWorkSubmitting
  ) async throws {
    let changes = UnitOfWorkEffects(collectsPlans: notifier.needsChangedPlans)
    do {
      try await submitting.submitted { [self] session in try run(body, in: session, changes) }
    } catch {
      if let failure = changes.notificationOfFailure() { notifier.notify(failure) }
      throw error
    }
    notifier.notify(try changes.notification())
  }

  /// Closes the store once running units of work have finished.
  ///
  /// Idempotent. Running workers of this service, waiting feeds and tasks that wait for
  /// plans end with the error `closed`.
  public func close() throws(StorageError) {
    try engine.close()
    closing.notify(CommitNotification(readyActors: [], endedLeases: [], hasEvents: false))
    alarms.stop()
  }

  deinit { alarms.stop() }
}
