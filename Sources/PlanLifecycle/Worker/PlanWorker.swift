public import PlanDomain
import PlanStorage

/// Does the ready phases of the actors it serves, several at a time.
///
/// Takes what has been ready longest first, keeps each lease while the handler runs, reports the
/// outcome, and takes expired leases of other workers away. Sleeps until there is work: it is
/// woken by commits in this process, and by the clock for whatever is due later. Safe to use from
/// any task.
public final class PlanWorker: Sendable {
  let store: PlanStore
  let handlers: [ActorName: PlanHandler]
  let options: WorkerOptions
  let tell: @Sendable (WorkerReport) -> Void
  private let name: String
  private let shifts = Guarded([Shift]())

  /// A worker for the actors that have a handler.
  ///
  /// `name` is for people: each run adds an id of its own to it. `report` is told what happens;
  /// it must return at once.
  public init(
    store: PlanStore, name: String, handlers: [ActorName: PlanHandler],
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
  /// back. Throws `invalidText` when the worker's name cannot be part of an owner.
  public func run() async throws {
    let surroundings = store.surroundings
    let id = surroundings.ids.next(at: surroundings.time.now())
    let shift = Shift(worker: self, owner: try Owner("\(name)/\(id)"))
    shifts.withLock { $0.append(shift) }
    defer { shifts.withLock { $0.removeAll { $0 === shift } } }
    // A task of its own: what a worker has to store at its end must not be cancelled with it.
    let work = Task { await shift.run() }
    await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      shift.stop()
    }
  }

  /// Tells every run under way to end in good order; they return when they have.
  public func stop() {
    for shift in shifts.withLock({ $0 }) { shift.stop() }
  }
}
