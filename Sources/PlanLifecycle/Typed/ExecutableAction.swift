public import PlanDomain

/// An action together with the code of its phases, for a worker that is built from actions.
///
/// `TypedAction` conforms to it.
public protocol ExecutableAction: Sendable {
  /// The definition, as it is created in the store.
  var definition: ActionDefinition { get }
  /// The handler of all phases of the action's plans.
  var handler: PlanHandler { get }
}

extension PlanWorker {
  /// Returns one handler for each actor of these actions.
  ///
  /// Actions may share an actor; the handler then finds the action by its name. Throws
  /// `actionAlreadyExists` when two actions have the same name.
  package static func handlers(
    of actions: [any ExecutableAction]
  ) throws(PlanError) -> [ActorName: PlanHandler] {
    var byActor: [ActorName: [ActionName: PlanHandler]] = [:]
    var names: Set<ActionName> = []
    for action in actions {
      let name = action.definition.name
      guard names.insert(name).inserted else { throw .actionAlreadyExists(name) }
      for phase in PlanPhase.allCases {
        byActor[action.definition.actors[phase], default: [:]][name] = action.handler
      }
    }
    return byActor.mapValues(handler(ofActions:))
  }

  /// The handler of an actor of several actions.
  private static func handler(
    ofActions handlers: [ActionName: PlanHandler]
  ) -> PlanHandler {
    { assignment, context in
      let name = assignment.plan.definition.action.name
      // Another worker of the same actor may have the action, so that another attempt may succeed.
      guard let handler = handlers[name] else { throw PlanError.actionNotFound(name) }
      return try await handler(assignment, context)
    }
  }
}
