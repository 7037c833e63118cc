import PlanDomain

/// The code that a worker has for one actor.
enum ActorCode: Sendable {
  /// One handler for the plans of all actions.
  case all(PlanHandler)
  /// A handler for the plans of each of these actions, and none for those of others.
  case byAction([ActionName: PlanHandler])

  /// The handler of plans of this action; nil without one.
  func handler(of action: ActionName) -> PlanHandler? {
    switch self {
    case .all(let handler): handler
    case .byAction(let handlers): handlers[action]
    }
  }
}
