public import PlanDomain
public import PlanLifecycle

extension PlanSystem {
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
