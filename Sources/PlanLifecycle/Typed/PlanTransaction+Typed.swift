public import PlanDomain

extension PlanTransaction {
  /// Stores a typed action when a program starts; throws as `register` of its definition does.
  @discardableResult
  public func register(_ action: some ExecutableAction) throws -> Action {
    try register(action.definition)
  }

  /// Creates a plan of a typed action; checks everything before the first write.
  ///
  /// If the idempotency key was used before with the same arguments, returns the existing plan;
  /// `findOrUse` of a `PlanUse` of the action also reports which case it is. Throws `notEncodable`
  /// with the path of the value, as in `arguments.items[3].price`, and the errors of `findOrUse`.
  ///
  ///     try transaction.use(release, arguments: Release(version: "1.2"), labels: ["by": "nightly"])
  @discardableResult
  public func use<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String] = [:],
    notBefore: Timestamp? = nil, createdBy: String? = nil
  ) throws -> Plan {
    try use(
      PlanUse(
        action, arguments: arguments, projects: projects, automation: automation,
        idempotencyKey: idempotencyKey, labels: labels, context: context, notBefore: notBefore,
        createdBy: createdBy))
  }

  /// Creates a plan of a typed action that takes no arguments; throws as `findOrUse` does.
  ///
  /// For labels and the like, use it with `arguments: NoValue()`.
  @discardableResult
  public func use<Result>(_ action: TypedAction<NoValue, Result>) throws -> Plan {
    try use(PlanUse(action, arguments: NoValue()))
  }
}
