package import PlanDomain
import PlanStorage

/// Does the ready phases of the actors it serves, several at a time.
///
/// Takes what has been ready longest first, keeps each lease while the handler runs, reports the
/// outcome, and takes expired leases of other workers away. Sleeps until there is work: it is
/// woken by commits in this process, and by the clock for plans that are due later. A plan that
/// fails by itself, whatever is stored of it, is set aside, reported and looked at again later; it
/// keeps the worker from no other plan. Safe to use from any task.
public final class PlanWorker: Sendable {
  let store: PlanLifecycleService
  let handlers: [ActorName: PlanHandler]
  let options: WorkerOptions
  let tell: @Sendable (WorkerReport) -> Void
  private let name: String
  private let runs = Locked([WorkerRun]())

  /// A worker for the actors that have a handler.
  ///
  /// `name` is for people: each run adds an id of its own to it. `report` is told what happens;
  /// it must return at once.
  package init(
    store: PlanLifecycleService, name: String, handlers: [ActorName: PlanHandler],
    options: WorkerOptions = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) {
    self.store = store
    self.name = name
    self.handlers = handlers
    self.options = options
    tell = report
  }

  /// Works until `stop()` is called or the task is cancelled, then ends in good order.
  ///
  /// Handlers get the grace time to finish; then they are cancelled, and what they held is given
  /// back. Throws `invalidText` when the worker's name cannot be part of an owner, and the
  /// `StorageError` after which the store cannot be used any more: `closed`, `moved`, `forked` or
  /// `schemaTooNew`. Any other failure of the store is reported, and the worker tries again.
  public func run() async throws {
    let environment = store.environment
    let id = environment.ids.next(at: environment.time.now())
    let run = WorkerRun(worker: self, owner: try LeaseOwner("\(name)/\(id)"))
    runs.withLock { $0.append(run) }
    defer { runs.withLock { $0.removeAll { $0 === run } } }
    // A task of its own: what a worker has to store at its end must not be cancelled with it.
    let task = Task { try await run.run() }
    try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      run.stop()
    }
  }

  /// Tells every run under way to end in good order; they return when they have.
  public func stop() {
    for run in runs.withLock({ $0 }) { run.stop() }
  }
}
