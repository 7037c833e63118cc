/// What a host asks for when it uses an action.
public struct PlanUse: Hashable, Sendable {
  /// The action to use.
  package let action: ActionName
  /// Its arguments.
  package let arguments: JSONObject
  /// The projects to work on.
  package let projects: [ProjectUse]
  /// Which steps to take without an operator; as the action says when not given.
  package let automation: Automation?
  /// The key under which asking again gives the same plan back.
  package let idempotencyKey: Key?
  /// Who asks.
  package let createdBy: String?

  /// Describes a use.
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
  /// What a plan made by this use would be, every part of it checked; nothing is written.
  ///
  /// Throws `actionArchived`, or what the arguments, projects or texts break.
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
