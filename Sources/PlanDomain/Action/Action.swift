/// A template for plans: the task, its actors, its arguments and its criteria of completion.
///
/// A value: it shows one version of the action. `register`, `createAction`, `updateAction` and
/// `archiveAction` of a `PlanTransaction` store versions; each plan keeps what it needs of its own.
public struct Action: Hashable, Sendable {
  /// The state of an action.
  public enum State: String, Hashable, Sendable, CaseIterable {
    /// New plans can be created from it.
    case available
    /// It accepts no new plans; existing plans continue.
    case archived
  }

  /// The definition that the host gave.
  public let definition: ActionDefinition
  /// The state of the action.
  public let state: State
  /// The number of changes, starting at 1.
  public let version: Int
  /// The time of creation.
  public let createdAt: Timestamp
  /// The time of the last change.
  public let updatedAt: Timestamp
  /// The snapshot that all plans of this version share.
  package let snapshot: ActionSnapshot

  /// The name.
  public var name: ActionName { definition.name }

  /// Creates an action, for example from stored values.
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
      invariants: definition.invariants, retry: definition.retry, readOnly: definition.readOnly,
      attemptTimeout: definition.attemptTimeout)
  }

  /// Creates the first version of an action.
  public init(creating definition: ActionDefinition, at now: Timestamp) {
    self.init(
      definition: definition, state: .available, version: 1, createdAt: now, updatedAt: now)
  }

  /// Returns the next version of the action, with this definition.
  ///
  /// Throws `invalidText` when the definition has another name.
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

  /// Returns the next version of the action, archived.
  package func archived(at now: Timestamp) -> Action {
    Action(
      definition: definition, state: .archived, version: version + 1, createdAt: createdAt,
      updatedAt: now)
  }
}
