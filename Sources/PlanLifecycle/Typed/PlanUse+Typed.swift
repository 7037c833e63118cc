public import PlanDomain

extension PlanTransaction {
  /// Creates a plan of a typed action; checks everything before the first write.
  ///
  /// Throws `notEncodable` with the path of the value, and the errors of `findOrUse`. For an
  /// idempotency key and other options, pass a `PlanUse` of the action.
  ///
  ///     try transaction.use(release, arguments: Release(version: "1.2"))
  @discardableResult
  public func use<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments
  ) throws -> Plan {
    try use(PlanUse(action, arguments: arguments))
  }

  /// Creates a plan of a typed action that takes no arguments; throws as `findOrUse` does.
  @discardableResult
  public func use<Result>(_ action: TypedAction<NoValue, Result>) throws -> Plan {
    try use(PlanUse(action, arguments: NoValue()))
  }
}

extension PlanUse {
  /// Creates a request for a plan of a typed action.
  ///
  /// Throws `notEncodable` with the path of the value, as in `arguments.items[3].price`.
  public init<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil, createdBy: String? = nil
  ) throws {
    self.init(
      action: action.definition.name, arguments: try action.document(of: arguments),
      projects: projects, automation: automation, idempotencyKey: idempotencyKey,
      createdBy: createdBy)
  }
}

extension ChildSpec {
  /// Creates a request for a child that is a plan of a typed action.
  ///
  /// Throws `notEncodable` with the path of the value, as in `arguments.items[3].price`.
  public init<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, key: Key? = nil,
    dependsOn: [Key] = [], automation: Automation = .auto, projects: [ProjectUse]? = nil
  ) throws {
    self.init(
      key: key, action: action.definition.name, arguments: try action.document(of: arguments),
      dependsOn: dependsOn, automation: automation, projects: projects)
  }
}
