/// The part of a plan that is written once, when the plan is made.
///
/// A reference, so that a transition copies only what it changes.
public final class PlanDefinition: Sendable {
  /// The plan's id.
  public let id: Plan.ID
  /// What it keeps of the version of its action.
  public let action: ActionSnapshot
  /// What is to be done, rendered.
  public let description: String
  /// How "done" is recognised, rendered.
  public let definitionOfDone: String
  /// The arguments, in the order of the action's definitions, defaults filled in.
  public let arguments: JSONObject
  /// The names of the arguments that the use did not give and whose defaults were filled in; nil
  /// when that is unknown, as for plans that were stored before it was kept.
  package let defaultedArguments: [String]?
  /// The projects it works on.
  public let projects: [ProjectUse]
  /// Which steps it takes without an operator.
  public let automation: Automation
  /// The key under which using the action again gives this plan back.
  public let idempotencyKey: Key?
  /// Who made it.
  public let createdBy: String?
  /// When it was made.
  public let createdAt: Timestamp
  /// Its place below its parent; nil for the root of a tree.
  public let position: ChildPosition?

  /// Puts a definition together, as an adapter does that reads it back.
  package init(
    id: Plan.ID, action: ActionSnapshot, description: String, definitionOfDone: String,
    arguments: JSONObject, defaultedArguments: [String]?, projects: [ProjectUse],
    automation: Automation, idempotencyKey: Key?, createdBy: String?, createdAt: Timestamp,
    position: ChildPosition?
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
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.position = position
  }

  /// The root of the plan's tree; a root's is itself.
  public var root: Plan.ID { position?.root ?? id }
  /// How many plans stand above it.
  public var depth: Int { position?.depth ?? 0 }

  /// The arguments that the use gave, without the defaults that were filled in; nil when that is
  /// unknown.
  package var givenArguments: JSONObject? {
    guard let defaulted = defaultedArguments.map(Set.init) else { return nil }
    return JSONObject(unchecked: arguments.filter { !defaulted.contains($0.key) })
  }
}

extension PlanDefinition: Hashable {
  /// Definitions are equal when all their values are.
  public static func == (a: PlanDefinition, b: PlanDefinition) -> Bool {
    a === b
      || a.id == b.id && a.action == b.action && a.description == b.description
        && a.definitionOfDone == b.definitionOfDone && a.arguments == b.arguments
        && a.defaultedArguments == b.defaultedArguments
        && a.projects == b.projects && a.automation == b.automation
        && a.idempotencyKey == b.idempotencyKey && a.createdBy == b.createdBy
        && a.createdAt == b.createdAt && a.position == b.position
  }

  /// Hashes the id, which tells definitions apart.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
