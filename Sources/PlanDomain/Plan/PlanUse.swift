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
  /// The creator, for people.
  package let createdBy: String?

  /// Creates a request; `findOrUse` and `use` of a `PlanTransaction` execute it.
  public init(
    action: ActionName, arguments: JSONObject = [:], projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil, createdBy: String? = nil
  ) {
    self.action = action
    self.arguments = arguments
    self.projects = projects
    self.automation = automation
    self.idempotencyKey = idempotencyKey
    self.createdBy = createdBy
  }
}

extension Action {
  /// Checks a use and returns the definition of its plan; writes nothing.
  ///
  /// Throws `actionArchived`, or the error of an invalid argument, project or text.
  package func plan(
    for use: PlanUse, id: Plan.ID, position: ChildPosition? = nil, at now: Timestamp
  ) throws(PlanError) -> PlanDefinition {
    guard state == .available else { throw .actionArchived(name) }
    let resolved = try definition.arguments.resolve(use.arguments)
    try JSONValue.object(resolved).checked(field: "arguments")
    if let createdBy = use.createdBy {
      try PlanLimits.checkText(createdBy, field: "createdBy", required: true)
    }
    var names: Set<ProjectName> = []
    for project in use.projects where !names.insert(project.name).inserted {
      throw .invalidText(
        field: "projects", reason: "'\(project.name)' is used twice; name each project once")
    }
    return PlanDefinition(
      id: id, action: snapshot,
      description: try definition.description.render(resolved, field: "description"),
      definitionOfDone: try definition.definitionOfDone.render(
        resolved, field: "definitionOfDone"),
      arguments: resolved,
      defaultedArguments: resolved.map { $0.key }.filter { use.arguments[$0] == nil },
      projects: use.projects, automation: use.automation ?? definition.automation,
      idempotencyKey: use.idempotencyKey,
      createdBy: use.createdBy, createdAt: now, position: position)
  }
}
