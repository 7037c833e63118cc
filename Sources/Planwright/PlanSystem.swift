public import PlanDomain
public import PlanLifecycle
public import PlanStorage

/// A store and the lifecycle on top of it: what a host opens.
public struct PlanSystem: Sendable {
  /// Reads and units of work.
  public let plans: PlanLifecycleService
  /// Backup, integrity check, checkpoint, description and schema of the store.
  public let maintenance: StoreMaintenance
  /// The location that was opened.
  public let location: String
  /// Whether acknowledged units of work survive the end of the process, also when it is killed.
  public var isDurable: Bool { plans.engine.traits.isDurable }

  /// Opens a store with the machine's clock and randomness.
  ///
  /// Throws `StorageError` when the store cannot be opened.
  public static func open(_ backend: StorageBackend) throws -> PlanSystem {
    try open(
      backend,
      environment: PlanEnvironment(
        time: SystemTimeSource(), ids: processIDs, jitter: { Double.random(in: 0..<1) }))
  }

  /// Opens a store with surroundings of the host's own, as tests do.
  ///
  /// Throws `StorageError` when the store cannot be opened.
  public static func open(
    _ backend: StorageBackend, environment: PlanEnvironment
  ) throws -> PlanSystem {
    let engine = try backend.open()
    return PlanSystem(
      plans: PlanLifecycleService(engine: engine, environment: environment),
      maintenance: StoreMaintenance(engine: engine, location: backend.description),
      location: backend.description)
  }

  /// Reads the version of a store's schema without opening or changing the store.
  ///
  /// No byte of a file is changed, and a file that does not exist is not made: its version is 0, with
  /// every migration pending. Blocks the calling thread. Throws `StorageError`: `unsupported` for a
  /// store whose schema has no versions or does not outlive an opening.
  public static func schema(of backend: StorageBackend) throws -> SchemaState {
    try backend.schema()
  }

  /// Runs the pending migrations of a store without leaving it open, and returns the state after.
  ///
  /// `open` does the same by itself; this is for hosts that choose the time. Idempotent, and safe
  /// beside other threads and processes that open or migrate the store. Blocks the calling thread.
  /// Throws `StorageError` as `open` does, and `unsupported` as `schema(of:)` does.
  @discardableResult
  public static func migrate(_ backend: StorageBackend) throws -> SchemaState {
    try backend.migrate()
  }

  // One for the process: ids grow whichever system makes them.
  private static let processIDs = ULIDGenerator(randomness: SystemRandomNumberGenerator())

  /// A worker for the actors that have a handler; it works once it is run.
  public func worker(
    named name: String, handlers: [ActorName: PlanHandler],
    options: WorkerOptions = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) -> PlanWorker {
    PlanWorker(store: plans, name: name, handlers: handlers, options: options, report: report)
  }

  /// Lets go of the store; again changes nothing.
  public func close() throws(StorageError) { try plans.close() }
}
