/// What a host says an action is; every text and number has been checked.
public struct ActionDefinition: Hashable, Sendable {
  /// The name under which the action is used.
  public let name: ActionName
  /// What is to be done, with `{argument}` placeholders.
  public let description: DescriptionTemplate
  /// More about it, for people.
  public let longDescription: String?
  /// How "done" is recognised, with `{argument}` placeholders.
  public let definitionOfDone: DescriptionTemplate
  /// Who does each phase.
  public let actors: Actors
  /// The arguments that a use takes.
  public let arguments: ArgumentList
  /// What must hold all the time, in words for the actors.
  public let invariants: [String]
  /// Whether it can be used more than once.
  public let reusable: Bool
  /// Whether its plans end with their execute phase.
  public let readOnly: Bool
  /// Which steps its plans take without an operator.
  public let automation: Automation
  /// How failed attempts are repeated.
  public let retry: RetryPolicy
  /// Words to find it by.
  public let tags: [Action.Tag]
  /// Who made it.
  public let createdBy: String?

  /// Checks and keeps a definition.
  ///
  /// Throws `textTooLarge`, `invalidText`, `invalidTemplate` or `templateTooLarge`, naming the
  /// field.
  public init(
    name: ActionName, description: String, longDescription: String? = nil,
    definitionOfDone: String, actors: Actors, arguments: ArgumentList,
    invariants: [String] = [], reusable: Bool = true, readOnly: Bool = false,
    automation: Automation = .manual, retry: RetryPolicy = .standard, tags: [Action.Tag] = [],
    createdBy: String? = nil
  ) throws(PlanError) {
    self.name = name
    self.description = try DescriptionTemplate(
      description, field: "description", arguments: arguments)
    self.definitionOfDone = try DescriptionTemplate(
      definitionOfDone, field: "definitionOfDone", arguments: arguments)
    if let longDescription {
      try PlanLimits.checkText(longDescription, field: "longDescription", required: false)
    }
    for invariant in invariants {
      try PlanLimits.checkText(invariant, field: "invariants", required: true)
    }
    if let createdBy { try PlanLimits.checkText(createdBy, field: "createdBy", required: true) }
    self.longDescription = longDescription
    self.actors = actors
    self.arguments = arguments
    self.invariants = invariants
    self.reusable = reusable
    self.readOnly = readOnly
    self.automation = automation
    self.retry = retry
    self.tags = tags
    self.createdBy = createdBy
  }
}
