/// A request to create a plan from an action.
public struct PlanUse: Hashable, Sendable {
  /// The name of the action.
  package let action: ActionName
  /// The arguments, without defaults.
  package let arguments: JSONObject
  /// The projects that the plan works on.
  package let projects: [ProjectUse]
  /// The steps that the plan takes without an operator; nil means the action's default.
  package let automation: Automation?
  /// The idempotency key: a repeated use with the same key returns the same plan.
  package let idempotencyKey: Key?
  /// The labels, by which the plan can be found: at most 16.
  package let labels: [Key: Plan.Label.Value]
  /// The texts that every handler of the plan and of its descendants receives: at most 4 KiB.
  package let context: [String: String]
  /// The time before which the plan does not start; nil means now.
  package let notBefore: Timestamp?
  /// The creator, for people.
  package let createdBy: String?

  /// Creates a request; `findOrUse` and `use` of a `PlanTransaction` execute it.
  ///
  /// Checks nothing: the unit of work that executes the request checks all of it before it writes.
  ///
  /// ```swift
  /// let request = PlanUse(
  ///   action: "shop/order", arguments: ["order": 17], automation: .review,
  ///   idempotencyKey: "order-17", labels: ["customer": "4711"], createdBy: "anna")
  /// ```
  public init(
    action: ActionName, arguments: JSONObject = [:], projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String] = [:],
    notBefore: Timestamp? = nil, createdBy: String? = nil
  ) {
    self.action = action
    self.arguments = arguments
    self.projects = projects
    self.automation = automation
    self.idempotencyKey = idempotencyKey
    self.labels = labels
    self.context = context
    self.notBefore = notBefore
    self.createdBy = createdBy
  }
}

extension Action {
  /// Checks a use and returns the definition of its plan; writes nothing.
  ///
  /// Throws `actionArchived`, or the error of an invalid argument, project, text, label or context.
  package func plan(
    for use: PlanUse, id: Plan.ID, position: ChildPosition? = nil, at now: Timestamp
  ) throws(PlanError) -> PlanDefinition {
    guard state == .available else { throw .actionArchived(name) }
    let resolved = try definition.arguments.resolve(use.arguments)
    try JSONValue.object(resolved).checked(field: "arguments")
    try use.check()
    return PlanDefinition(
      id: id, action: snapshot,
      description: try definition.description.render(resolved, field: "description"),
      definitionOfDone: try definition.definitionOfDone.render(
        resolved, field: "definitionOfDone"),
      arguments: resolved,
      defaultedArguments: resolved.map { $0.key }.filter { use.arguments[$0] == nil },
      projects: use.projects, automation: use.automation ?? definition.automation,
      idempotencyKey: use.idempotencyKey, labels: use.labels, context: use.context,
      notBefore: use.notBefore, createdBy: use.createdBy, createdAt: now, position: position)
  }
}

extension PlanUse {
  /// Checks what does not depend on the action.
  ///
  /// Throws `textTooLarge`, `invalidText` or `outOfRange`, with the field.
  fileprivate func check() throws(PlanError) {
    if let createdBy {
      try PlanLimits.checkText(createdBy, field: "createdBy", required: true)
    }
    var names: Set<ProjectName> = []
    for project in projects where !names.insert(project.name).inserted {
      throw .invalidText(
        field: "projects", reason: "'\(project.name)' is used twice; name each project once")
    }
    guard labels.count <= PlanLimits.labels else {
      throw .outOfRange(
        field: "labels", reason: "must have at most \(PlanLimits.labels) labels")
    }
    let bytes = context.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard bytes <= PlanLimits.contextBytes else {
      throw .textTooLarge(field: "context", bytes: bytes, limit: PlanLimits.contextBytes)
    }
  }
}
