public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Creates a plan; checks everything before the first write.
  ///
  /// If the idempotency key was used for this action before with the same arguments, returns the
  /// existing plan; `findOrUse` also reports which case it is. Throws the errors of `findOrUse`.
  @discardableResult
  public func use(_ use: PlanUse) throws -> Plan { try findOrUse(use).plan }

  /// Creates a plan, or finds the plan with the idempotency key of this use.
  ///
  /// An existing plan is returned if the given arguments equal those given before, without defaults
  /// and with members in any order at any depth. Nothing else is compared, and the action may have
  /// been updated or archived in the meantime. Older versions did not store which arguments are
  /// defaults. Their plans are compared with the action's defaults filled in if its definition has
  /// not been updated, otherwise by the given arguments only. A plan that is
  /// found keeps its labels, context and `notBefore`. Throws `idempotencyConflict` for other
  /// arguments, `actionNotFound`, `actionArchived`, or the error of an invalid argument, project,
  /// text, label or context.
  ///
  ///     let (plan, isNew) = try transaction.findOrUse(
  ///       PlanUse(action: "shop/order", arguments: ["order": 17], idempotencyKey: "order-17"))
  ///     if !isNew { print("plan \(plan.id) exists") }
  public func findOrUse(_ use: PlanUse) throws -> (plan: Plan, isNew: Bool) {
    try command { try findOrCreate(use) }
  }

  private func findOrCreate(_ use: PlanUse) throws -> (plan: Plan, isNew: Bool) {
    if let key = use.idempotencyKey,
      let plan = try session.plan(of: use.action, idempotencyKey: key)
    {
      guard try wasCreated(plan, with: use.arguments) else {
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

  private func wasCreated(_ plan: Plan, with arguments: JSONObject) throws -> Bool {
    if let given = plan.definition.givenArguments { return given.equalsInAnyOrder(arguments) }
    return try action(plan.definition.action.name).mayHaveCreated(plan, with: arguments)
  }

  /// Creates a plan from the action with this name, as in `local/release`; throws as `findOrUse`
  /// does.
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
  /// Whether a plan with unknown given arguments may have been created with these arguments.
  ///
  /// If the action was updated, its defaults may have changed; then only the given arguments are
  /// compared.
  fileprivate func mayHaveCreated(_ plan: Plan, with arguments: JSONObject) -> Bool {
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
