public import PlanDomain

extension PlanUse {
  /// Creates a request for a plan of a typed action.
  ///
  /// ```swift
  /// let request = try PlanUse(note, arguments: Note(text: "milk"), idempotencyKey: "milk-monday")
  /// let (plan, isNew) = try await system.plans.write { try $0.findOrUse(request) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `arguments.items[3].price`, and the errors that the type of the arguments itself throws.
  ///   Nothing else is checked before the use.
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
