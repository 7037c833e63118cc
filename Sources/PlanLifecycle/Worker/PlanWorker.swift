package import PlanDomain
import PlanStorage

/// Executes the ready phases of the actors that it serves, several at a time.
///
/// Claims the plans that have been ready longest, renews their leases while handlers run, commits
/// the outcomes, and reclaims expired leases of other workers. Waits without polling for commits in
/// this process and for plans that become ready later; polls only if the store is shared between
/// processes. While the store is suspended it waits: it renews no leases, and afterwards finds out
/// which of them were lost. A plan that makes a unit of work fail is set aside, reported and tried
/// again later; other plans are not affected.
///
/// `PlanSystem` makes workers. Safe to use from any task; leases are renewed by a thread of the
/// worker, also when handlers block the cooperative threads.
public final class PlanWorker: Sendable {
  let store: PlanLifecycleService
  let code: [ActorName: ActorCode]
  let options: WorkerOptions
  let redaction: FailureRedaction
  let scheduling: WorkerScheduling
  let notify: @Sendable (WorkerReport) -> Void
  /// Decides which plans of its actors the worker claims; nil for all.
  private let accepts: (@Sendable (Plan) -> Bool)?
  private let name: String
  private let runs = Locked(Runs())

  private struct Runs: Sendable {
    var active: [WorkerRun] = []
    /// Whether `stop()` was called while there was no run.
    var mustStopNext = false
  }

  /// Creates a worker for the actors that have a handler.
  ///
  /// `name` is for people: each run adds its own id to it. `redaction` decides what is stored of an
  /// error that a handler throws. `accepts` is asked before a claim, inside its unit of work.
  /// `report` is called with the worker's events. Both must return at once.
  package convenience init(
    store: PlanLifecycleService, name: String, handlers: [ActorName: PlanHandler],
    options: WorkerOptions = .standard, redaction: FailureRedaction = .standard,
    scheduling: WorkerScheduling = .system,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in },
    accepts: (@Sendable (Plan) -> Bool)? = nil
  ) {
    self.init(
      store: store, name: name, code: handlers.mapValues { .all($0) }, options: options,
      redaction: redaction, scheduling: scheduling, report: report, accepts: accepts)
  }

  init(
    store: PlanLifecycleService, name: String, code: [ActorName: ActorCode],
    options: WorkerOptions, redaction: FailureRedaction, scheduling: WorkerScheduling = .system,
    report: @escaping @Sendable (WorkerReport) -> Void,
    accepts: (@Sendable (Plan) -> Bool)? = nil
  ) {
    self.store = store
    self.name = name
    self.code = code
    self.options = options
    self.redaction = redaction
    self.accepts = accepts
    self.scheduling = scheduling
    notify = store.telemetry.observing(report)
  }

  /// The handler of a plan; nil when the worker has none for its actor or its action.
  func handler(of plan: Plan) -> PlanHandler? {
    code[plan.actor]?.handler(of: plan.definition.action.name)
  }

  /// Throws `UnservedAction` when the worker has no code for a plan of one of its actors, and
  /// `DeclinedPlan` when its host does not accept the plan.
  func checkServes(_ plan: Plan) throws {
    if handler(of: plan) == nil { throw UnservedAction(of: plan) }
    if let accepts, !accepts(plan) { throw DeclinedPlan() }
  }

  /// Runs until `stop()` is called or the task is cancelled, then shuts down gracefully.
  ///
  /// Handlers have the grace time to finish; then they are cancelled, and their plans are queued
  /// again without losing the attempt. Other errors of the store than those below are reported, and
  /// the worker tries again. May be called again, and several times at once. Returns at once if
  /// ``stop()`` was called before, when nothing ran.
  ///
  /// ```swift
  /// let worker = try system.worker(named: "notes", actions: [note])
  /// let running = Task { try await worker.run() }
  /// // when the service ends
  /// worker.stop()
  /// try await running.value
  /// ```
  ///
  /// - Throws: ``StorageError/Code/closed``, ``StorageError/Code/moved``,
  ///   ``StorageError/Code/forked`` or ``StorageError/Code/schemaTooNew``, after which the store
  ///   cannot be used any more.
  public func run() async throws { try await withRun { run in try await run.run() } }

  /// Makes a run, which ends when the calling task is cancelled or `stop()` is called.
  func withRun<R: Sendable>(
    _ body: @escaping @Sendable (WorkerRun) async throws -> R
  ) async throws -> R {
    let environment = store.environment
    let id = environment.ids.next(at: environment.time.now())
    let run = WorkerRun(worker: self, owner: try Self.owner(name, run: id))
    let isStopped = runs.withLock { runs in
      runs.active.append(run)
      defer { runs.mustStopNext = false }
      return runs.mustStopNext
    }
    defer { runs.withLock { $0.active.removeAll { $0 === run } } }
    if isStopped { run.stop() }
    // A separate task: the writes of the shutdown must not be cancelled with the caller's task.
    let task = Task(executorPreference: scheduling.executor) { try await body(run) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      run.stop()
    }
  }

  /// Requests the graceful shutdown of all running `run()` calls, and returns at once.
  ///
  /// Safe to call from any thread; `run()` returns when the shutdown is done. If none runs, the next
  /// one returns at once: a signal may come before the task that calls `run()` has begun.
  public func stop() {
    let active = runs.withLock { runs in
      if runs.active.isEmpty { runs.mustStopNext = true }
      return runs.active
    }
    for run in active { run.stop() }
  }

  /// The owner of the leases of a run: the name, and the run's id.
  ///
  /// Throws `invalidText` for a name that cannot be a part of it.
  static func owner(_ name: String, run: ULID) throws(PlanError) -> LeaseOwner {
    try LeaseOwner("\(name)/\(run)")
  }
}
