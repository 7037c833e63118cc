/// A reusable template: what is to be done, by whom, with which arguments, and how "done" shows.
public struct Action: Hashable, Sendable {
  /// Whether an action takes new plans.
  public enum State: String, Hashable, Sendable, CaseIterable {
    /// It takes new plans.
    case available
    /// It takes none; plans made from it go on.
    case archived
  }

  /// What the host said it is.
  public let definition: ActionDefinition
  /// Whether it takes new plans.
  public let state: State
  /// Counts the changes; 1 when it was created.
  public let version: Int
  /// When it was created.
  public let createdAt: Timestamp
  /// When it was last changed.
  public let updatedAt: Timestamp
  /// What every plan made from this version shares.
  package let snapshot: ActionSnapshot

  /// The name under which it is used.
  public var name: ActionName { definition.name }

  /// Puts an action together, as an adapter does that reads it back.
  package init(
    definition: ActionDefinition, state: State, version: Int, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.definition = definition
    self.state = state
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    snapshot = ActionSnapshot(
      name: definition.name, version: version, actors: definition.actors,
      invariants: definition.invariants, retry: definition.retry, readOnly: definition.readOnly)
  }

  /// A new action of this definition.
  public init(creating definition: ActionDefinition, at now: Timestamp) {
    self.init(
      definition: definition, state: .available, version: 1, createdAt: now, updatedAt: now)
  }

  /// The next version of the action, with this definition.
  ///
  /// Throws `invalidText` when the definition bears another name.
  package func updated(
    to definition: ActionDefinition, at now: Timestamp
  ) throws(PlanError) -> Action {
    guard definition.name == name else {
      throw .invalidText(
        field: "name", reason: "an update cannot rename an action; create another one")
    }
    return Action(
      definition: definition, state: state, version: version + 1, createdAt: createdAt,
      updatedAt: now)
  }

  /// The next version of the action, taking no new plans.
  package func archived(at now: Timestamp) -> Action {
    Action(
      definition: definition, state: .archived, version: version + 1, createdAt: createdAt,
      updatedAt: now)
  }
}
