/// The part of a plan that never changes after the plan is created.
///
/// Immutable, so it may be shared by all threads. A class, so that a transition copies only what it
/// changes.
public final class PlanDefinition: Sendable {
  /// The plan's id.
  public let id: Plan.ID
  /// The snapshot of the action's version.
  public let action: ActionSnapshot
  /// The task, rendered from the action's template.
  public let description: String
  /// The criteria of completion, rendered from the action's template.
  public let definitionOfDone: String
  /// The arguments in the order of the action's definitions, with defaults filled in.
  public let arguments: JSONObject
  /// The names of the arguments that have their default because the use omitted them.
  ///
  /// Nil when unknown: plans of older versions do not store it.
  package let defaultedArguments: [String]?
  /// The projects that the plan works on.
  public let projects: [ProjectUse]
  /// The steps that the plan takes without an operator.
  public let automation: Automation
  /// The idempotency key: a repeated use of the action with the same key returns this plan.
  public let idempotencyKey: Key?
  /// The labels, by which plans can be found; the plan's own, not those of its parent.
  public let labels: [Key: Plan.Label.Value]
  /// The texts that every handler of the plan and of its descendants receives.
  public let context: [String: String]
  /// The time before which the plan does not start; nil for a plan that starts at once.
  public let notBefore: Timestamp?
  /// The creator, for people.
  public let createdBy: String?
  /// The time of creation.
  public let createdAt: Timestamp
  /// The position below its parent; nil for the root of a tree.
  public let position: ChildPosition?

  /// Creates a definition, for example from stored values.
  package init(
    id: Plan.ID, action: ActionSnapshot, description: String, definitionOfDone: String,
    arguments: JSONObject, defaultedArguments: [String]?, projects: [ProjectUse],
    automation: Automation, idempotencyKey: Key?, labels: [Key: Plan.Label.Value] = [:],
    context: [String: String] = [:], notBefore: Timestamp? = nil, createdBy: String?,
    createdAt: Timestamp, position: ChildPosition?
  ) {
    self.id = id
    self.action = action
    self.description = description
    self.definitionOfDone = definitionOfDone
    self.arguments = arguments
    self.defaultedArguments = defaultedArguments
    self.projects = projects
    self.automation = automation
    self.idempotencyKey = idempotencyKey
    self.labels = labels
    self.context = context
    self.notBefore = notBefore
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.position = position
  }

  /// The root of the plan's tree; for a root, its own id.
  public var root: Plan.ID { position?.root ?? id }
  /// The number of ancestors.
  public var depth: Int { position?.depth ?? 0 }

  /// The arguments that the use gave, without defaults; nil when unknown.
  package var givenArguments: JSONObject? {
    guard let defaulted = defaultedArguments.map(Set.init) else { return nil }
    return JSONObject(unchecked: arguments.filter { !defaulted.contains($0.key) })
  }
}

extension PlanDefinition: Hashable {
  /// Whether all values are equal.
  public static func == (a: PlanDefinition, b: PlanDefinition) -> Bool {
    a === b
      || a.id == b.id && a.action == b.action && a.description == b.description
        && a.definitionOfDone == b.definitionOfDone && a.arguments == b.arguments
        && a.defaultedArguments == b.defaultedArguments
        && a.projects == b.projects && a.automation == b.automation
        && a.idempotencyKey == b.idempotencyKey && a.labels == b.labels && a.context == b.context
        && a.notBefore == b.notBefore && a.createdBy == b.createdBy
        && a.createdAt == b.createdAt && a.position == b.position
  }

  /// Hashes the id, which is unique.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
