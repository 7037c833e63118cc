public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Makes a plan; everything is checked before anything is written.
  ///
  /// With an idempotency key that was used for this action before, the same arguments give the
  /// plan made then, as `findOrUse` does, which also says so. Throws as `findOrUse`.
  @discardableResult
  public func use(_ use: PlanUse) throws -> Plan { try findOrUse(use).plan }

  /// Makes a plan, or finds the one that was made under the idempotency key of this use.
  ///
  /// The plan is found when the arguments given are those that were given then: keys in any order at
  /// any depth, defaults left out. Nothing else is compared, and it does not matter whether the
  /// action was updated or archived since. A plan that was stored before it was kept which arguments
  /// were defaults is compared with the defaults of the action, if that is still the same, and
  /// otherwise in the arguments given alone. Throws `idempotencyConflict` for other arguments,
  /// `actionNotFound`, `actionArchived`, or what the arguments break.
  ///
  ///     let (plan, isNew) = try work.findOrUse(
  ///       PlanUse(action: action, arguments: ["order": 17], idempotencyKey: Key("order-17")))
  ///     if isNew { try log(plan) }
  public func findOrUse(_ use: PlanUse) throws -> (plan: Plan, isNew: Bool) {
    try command { try findOrMake(use) }
  }

  private func findOrMake(_ use: PlanUse) throws -> (plan: Plan, isNew: Bool) {
    if let key = use.idempotencyKey,
      let plan = try session.plan(of: use.action, idempotencyKey: key)
    {
      guard try wasMade(plan, with: use.arguments) else {
        throw PlanError.idempotencyConflict(use.action, key: key, plan: plan.id)
      }
      return (plan, false)
    }
    let action = try action(use.action)
    let id = Plan.ID(environment.ids.next(at: now))
    let definition = try action.plan(for: use, id: id, at: now)
    if !action.definition.reusable { _ = try archive(action) }
    return (try create(definition, holdsSlot: true), true)
  }

  private func wasMade(_ plan: Plan, with arguments: JSONObject) throws -> Bool {
    if let given = plan.definition.givenArguments { return given.equalsInAnyOrder(arguments) }
    return try action(plan.definition.action.name).gave(plan, for: arguments)
  }

  /// Makes a plan of the action that is written like this, as in `local/release`.
  @discardableResult
  public func use(_ action: String, arguments: JSONObject = [:]) throws -> Plan {
    try use(PlanUse(action: try ActionName(action), arguments: arguments))
  }

  func create(_ definition: PlanDefinition, holdsSlot: Bool) throws -> Plan {
    let transition = PlanTransition(creating: definition, holdsSlot: holdsSlot)
    try session.insert(transition.plan)
    try record(transition.plan, before: nil, transition.event)
    return transition.plan
  }
}

extension Action {
  /// Whether a plan of which it is unknown what was given may have been made with these arguments.
  ///
  /// When the action has changed since, its defaults may have, too; then only what is given is
  /// compared.
  fileprivate func gave(_ plan: Plan, for arguments: JSONObject) -> Bool {
    let stored = plan.definition.arguments
    if plan.definition.action.version == version
      || state == .archived && plan.definition.action.version == version - 1
    {
      let resolved = try? definition.arguments.resolve(arguments)
      return resolved?.equalsInAnyOrder(stored) ?? false
    }
    return arguments.allSatisfy { stored[$0.key]?.equalsInAnyOrder($0.value) ?? false }
  }
}
