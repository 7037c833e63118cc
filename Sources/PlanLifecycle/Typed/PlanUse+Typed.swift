public import PlanDomain

extension PlanUse {
  /// Creates a request for a plan of a typed action.
  ///
  /// Throws `notEncodable` with the path of the value, as in `arguments.items[3].price`.
  public init<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String] = [:],
    notBefore: Timestamp? = nil, createdBy: String? = nil
  ) throws {
    self.init(
      action: action.definition.name, arguments: try action.document(of: arguments),
      projects: projects, automation: automation, idempotencyKey: idempotencyKey, labels: labels,
      context: context, notBefore: notBefore, createdBy: createdBy)
  }
}
