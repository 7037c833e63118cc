public import PlanDomain
public import PlanLifecycle

extension PlanSystem {
  /// Stores actions when a program starts: creates those that are new, and updates changed ones.
  ///
  /// All of them in one unit of work, or none. If the stored definitions are equal, nothing
  /// changes, so every start may call it, and several processes at once. Throws `actionArchived`
  /// when an action is archived and its definition is another one, and `StorageError`.
  ///
  ///     try await system.register([release, manifest, checksum])
  public func register(_ actions: [any ExecutableAction]) async throws {
    try await plans.write { transaction in
      for action in actions { try transaction.register(action.definition) }
    }
  }

  /// Returns a worker that executes the plans of these actions; call its `run()` to start it.
  ///
  /// `name` is for people and becomes a part of the lease owner. `redaction` decides what is
  /// stored of an error that a closure of an action throws; of arguments and results that cannot be
  /// decoded or encoded, the path and the reason are stored, without values. `report` receives the
  /// worker's events and must return at once. Throws `actionAlreadyExists` when two actions have
  /// the same name.
  ///
  ///     let worker = try system.worker(named: "builds", actions: [release, manifest, checksum])
  public func worker(
    named name: String, actions: [any ExecutableAction], options: WorkerOptions = .standard,
    redaction: FailureRedaction = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) throws(PlanError) -> PlanWorker {
    worker(
      named: name, handlers: try PlanWorker.handlers(of: actions), options: options,
      redaction: redaction, report: report)
  }
}
