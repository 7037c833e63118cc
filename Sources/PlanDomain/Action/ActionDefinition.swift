/// The definition of an action; its texts and numbers are valid.
public struct ActionDefinition: Hashable, Sendable {
  /// The name of the action.
  public let name: ActionName
  /// The task, with `{argument}` placeholders.
  public let description: DescriptionTemplate
  /// A longer description, for people.
  public let longDescription: String?
  /// The criteria of completion, with `{argument}` placeholders.
  public let definitionOfDone: DescriptionTemplate
  /// The actors of the phases.
  public let actors: Actors
  /// The arguments of a use.
  public let arguments: ArgumentList
  /// The invariants that must hold at all times, as text for the actors.
  public let invariants: [String]
  /// Whether the action can be used more than once.
  public let reusable: Bool
  /// Whether its plans end with their execute phase.
  public let readOnly: Bool
  /// The steps that its plans take without an operator.
  public let automation: Automation
  /// The retry policy.
  public let retry: RetryPolicy
  /// The time-out of one attempt, in whole microseconds; nil for attempts without one.
  public let attemptTimeout: Duration?
  /// The tags, for queries.
  public let tags: [Action.Tag]
  /// The creator, for people.
  public private(set) var createdBy: String?

  /// Creates a definition.
  ///
  /// `attemptTimeout` counts from each claim; a fraction of a microsecond is dropped. Nothing is
  /// stored: pass the definition to `createAction` or `register` of a `PlanTransaction`, or use a
  /// `TypedAction`, which makes one.
  ///
  /// ```swift
  /// let definition = try ActionDefinition(
  ///   name: "local/note", description: "Note {text}", definitionOfDone: "The note is saved",
  ///   actors: Actors(strategy: "planner", execution: "writer"),
  ///   arguments: ArgumentList([ArgumentDefinition(name: "text", type: .string)]))
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidTemplate`` if a template has an unpaired brace or names an
  ///   undefined argument; ``PlanError/Code/templateTooLarge`` if one has more than 64 KiB;
  ///   ``PlanError/Code/textTooLarge`` if another text has more than 256 KiB;
  ///   ``PlanError/Code/invalidText`` if an invariant or `createdBy` is empty;
  ///   ``PlanError/Code/outOfRange`` if `attemptTimeout` is not between 1 millisecond and 7 days.
  ///   Each names the field.
  public init(
    name: ActionName, description: String, longDescription: String? = nil,
    definitionOfDone: String, actors: Actors, arguments: ArgumentList = .none,
    invariants: [String] = [], reusable: Bool = true, readOnly: Bool = false,
    automation: Automation = .manual, retry: RetryPolicy = .standard,
    attemptTimeout: Duration? = nil, tags: [Action.Tag] = [], createdBy: String? = nil
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
    if let attemptTimeout, !PlanLimits.attemptTimeout.contains(attemptTimeout) {
      throw .outOfRange(
        field: "attemptTimeout", reason: "must be between 1 millisecond and 7 days")
    }
    self.longDescription = longDescription
    self.actors = actors
    self.arguments = arguments
    self.invariants = invariants
    self.reusable = reusable
    self.readOnly = readOnly
    self.automation = automation
    self.retry = retry
    self.attemptTimeout = attemptTimeout.map { .microseconds($0.wholeMicroseconds) }
    self.tags = tags
    self.createdBy = createdBy
  }

  /// Whether both definitions are equal when their creators are ignored.
  package func equalsIgnoringCreator(_ other: ActionDefinition) -> Bool {
    var copy = self
    copy.createdBy = other.createdBy
    return copy == other
  }
}
