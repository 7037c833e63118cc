public import PlanDomain
public import PlanLifecycle

extension PlanSystem {
  /// Stores actions when a program starts: creates those that are new, and updates changed ones.
  ///
  /// All of them in one unit of work, or none. If the stored definitions are equal, nothing
  /// changes, so every start may call it, and several processes at once. Plans that exist keep what
  /// they have of their version.
  ///
  /// ```swift
  /// try await system.register([note, release])
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionAlreadyExists`` if two of the actions have one name and
  ///   different definitions; ``PlanError/Code/actionArchived`` if an action is archived and its
  ///   definition is another one; `CancellationError` as `write` does; ``StorageError`` if the
  ///   store fails.
  public func register(_ actions: [any ExecutableAction]) async throws {
    var byName: [ActionName: ActionDefinition] = [:]
    for definition in actions.map(\.definition) {
      let other = byName.updateValue(definition, forKey: definition.name)
      guard other?.equalsIgnoringCreator(definition) ?? true else {
        throw PlanError.actionDefinedTwice(definition.name)
      }
    }
    try await plans.write { transaction in
      for action in actions { try transaction.register(action.definition) }
    }
  }

  /// Returns a worker that executes the plans of these actions; call its `run()` to start it.
  ///
  /// `name` is for people and becomes a part of the lease owner. Actions may share an actor, also
  /// with other workers: plans of other actions are left to those and reported as `unservedAction`.
  /// `redaction` decides what is stored of an error that a closure throws, and of a document that
  /// cannot be decoded or encoded: by default its path and the reason, without values and keys of
  /// dictionaries. `report` receives the worker's events and must return at once.
  ///
  /// ```swift
  /// let worker = try system.worker(named: "builds", actions: [note, release])
  /// try await worker.run()
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionAlreadyExists`` if two actions have the same name;
  ///   ``PlanError/Code/invalidText`` if the worker's name is not printable ASCII of at most 229
  ///   bytes.
  public func worker(
    named name: String, actions: [any ExecutableAction], options: WorkerOptions = .standard,
    redaction: FailureRedaction = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) throws(PlanError) -> PlanWorker {
    try PlanWorker(
      store: plans, name: name, actions: actions, options: options, redaction: redaction,
      report: report)
  }
}
