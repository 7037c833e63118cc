public import PlanDomain

/// An action together with the code of its phases, for a worker that is built from actions.
///
/// `TypedAction` conforms to it. Shared by all tasks of the worker, so it must not change.
public protocol ExecutableAction: Sendable {
  /// The definition, as it is created in the store.
  var definition: ActionDefinition { get }
  /// The handler of all phases of the action's plans.
  var handler: PlanHandler { get }
}

extension PlanWorker {
  /// Creates a worker for these actions, which may share actors, also with other workers.
  ///
  /// Plans of other actions are not claimed. Throws `actionAlreadyExists` when two actions have the
  /// same name.
  package convenience init(
    store: PlanLifecycleService, name: String, actions: [any ExecutableAction],
    options: WorkerOptions = .standard, redaction: FailureRedaction = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) throws(PlanError) {
    // Here, and not only when the worker runs. All ids are equally long.
    _ = try Self.owner(name, run: ULID(high: 0, low: 0))
    var handlers: [ActionName: PlanHandler] = [:]
    for action in actions {
      let name = action.definition.name
      guard handlers.updateValue(action.handler, forKey: name) == nil else {
        throw .actionGivenTwice(name)
      }
    }
    // All handlers for each actor: a plan keeps the actors of an older version of its action.
    let code = ActorCode.byAction(handlers)
    let actors = actions.flatMap { action in
      PlanPhase.allCases.map { (action.definition.actors[$0], code) }
    }
    self.init(
      store: store, name: name, code: Dictionary(actors) { first, _ in first }, options: options,
      redaction: redaction, report: report)
  }
}
