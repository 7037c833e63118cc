public import PlanDomain
public import PlanLifecycle
public import PlanStorage

/// A store and the lifecycle on top of it: what a host opens.
public struct PlanSystem: Sendable {
  /// Reads and units of work.
  public let plans: PlanLifecycleService
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
    PlanSystem(
      plans: PlanLifecycleService(engine: try backend.open(), environment: environment),
      location: backend.description)
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
