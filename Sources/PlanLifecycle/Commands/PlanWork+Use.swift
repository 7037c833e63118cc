public import PlanDomain
import PlanStorage

extension PlanWork {
  /// Makes a plan; everything is checked before anything is written.
  ///
  /// With an idempotency key that was used for this action before, the same arguments give the
  /// plan made then, and others `idempotencyConflict`. Throws `actionNotFound`, `actionArchived`,
  /// or what the arguments break.
  @discardableResult
  public func use(_ use: PlanUse) throws -> Plan {
    try command { try make(use) }
  }

  private func make(_ use: PlanUse) throws -> Plan {
    let action = try action(use.action)
    if let key = use.idempotencyKey,
      let plan = try session.plan(of: use.action, idempotencyKey: key)
    {
      guard action.gave(plan, for: use.arguments) else {
        throw PlanError.idempotencyConflict(use.action, key: key, plan: plan.id)
      }
      return plan
    }
    let id = Plan.ID(surroundings.ids.next(at: now))
    let definition = try action.plan(for: use, id: id, at: now)
    if !action.definition.reusable { _ = try archive(action) }
    return try create(definition, holdsSlot: true)
  }

  /// Makes a plan of the action that is written like this, as in `local/release`.
  @discardableResult
  public func use(_ action: String, arguments: JSONObject = [:]) throws -> Plan {
    try use(PlanUse(action: try ActionName(action), arguments: arguments))
  }

  func create(_ definition: PlanDefinition, holdsSlot: Bool) throws -> Plan {
    let transition = Transition(creating: definition, holdsSlot: holdsSlot)
    try session.insert(transition.plan)
    try record(transition.plan, before: nil, transition.event)
    return transition.plan
  }
}

extension Action {
  /// Whether these arguments are those that the plan was made with.
  ///
  /// When the action has changed since, its defaults may have, too; then only what was given is
  /// compared.
  fileprivate func gave(_ plan: Plan, for arguments: JSONObject) -> Bool {
    if plan.definition.terms.actionVersion == version
      || state == .archived && plan.definition.terms.actionVersion == version - 1
    {
      return (try? definition.arguments.resolve(arguments)) == plan.definition.arguments
    }
    return arguments.allSatisfy { plan.definition.arguments[$0.key] == $0.value }
  }
}
