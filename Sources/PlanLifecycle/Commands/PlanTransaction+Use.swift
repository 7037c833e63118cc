public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Creates a plan; checks everything before the first write.
  ///
  /// If the idempotency key was used for this action before with the same arguments, returns the
  /// existing plan; ``findOrUse(_:)`` also reports which case it is.
  ///
  /// ```swift
  /// let plan = try await system.plans.write { transaction in
  ///   try transaction.use(PlanUse(action: "local/note", arguments: ["text": "milk"]))
  /// }
  /// ```
  ///
  /// - Throws: The errors of ``findOrUse(_:)``: ``PlanError/Code/actionNotFound``,
  ///   ``PlanError/Code/actionArchived``, ``PlanError/Code/idempotencyConflict``, the error of an
  ///   invalid argument or text, and ``StorageError``.
  @discardableResult
  public func use(_ use: PlanUse) throws -> Plan { try findOrUse(use).plan }

  /// Creates a plan, or finds the plan with the idempotency key of this use.
  ///
  /// An existing plan is returned if the given arguments equal those given before, without defaults
  /// and with members in any order at any depth. Nothing else is compared, and the action may have
  /// been updated or archived in the meantime. A plan that is found keeps its labels, context and
  /// `notBefore`. Older versions did not store which arguments are defaults. Their plans are
  /// compared with the action's defaults filled in if its definition has not been updated,
  /// otherwise by the given arguments only.
  ///
  /// ```swift
  /// let (plan, isNew) = try await system.plans.write { transaction in
  ///   try transaction.findOrUse(
  ///     PlanUse(action: "shop/order", arguments: ["order": 17], idempotencyKey: "order-17"))
  /// }
  /// if !isNew { print("plan \(plan.id) exists") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionNotFound`` if no action has this name;
  ///   ``PlanError/Code/actionArchived`` if it accepts no new plans;
  ///   ``PlanError/Code/idempotencyConflict`` if the key was used with other arguments;
  ///   ``PlanError/Code/missingArgument``, ``PlanError/Code/unknownArgument`` or
  ///   ``PlanError/Code/invalidArgument`` if the arguments do not fit the action;
  ///   ``PlanError/Code/documentTooLarge`` or ``PlanError/Code/invalidJSON`` if together they have
  ///   more than 16 MiB or are nested more than 128 deep; ``PlanError/Code/renderedTextTooLarge``
  ///   if a text of the plan gets more than 256 KiB; ``PlanError/Code/invalidText`` if a project is
  ///   named twice or `createdBy` is empty; ``PlanError/Code/textTooLarge`` if `createdBy` has more
  ///   than 256 KiB or the context more than 4 KiB; ``PlanError/Code/outOfRange`` if there are more
  ///   than 16 labels; ``StorageError`` if the store fails.
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

  /// Creates a plan from the action with this name, as in `local/release`.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.use("local/note", arguments: ["text": "milk"]) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidActionName`` if the text is not the name of an action;
  ///   otherwise the errors of ``findOrUse(_:)``: ``PlanError/Code/actionNotFound``,
  ///   ``PlanError/Code/actionArchived``, the error of an invalid argument, and ``StorageError``.
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
