/// What a plan keeps of its action: the same for all plans of one version.
///
/// A reference, so that a million plans of one action hold it once.
public final class ActionSnapshot: Sendable {
  /// The action that the plans were made from.
  public let name: ActionName
  /// The version of the action that they were made from.
  public let version: Int
  /// Who does each phase.
  public let actors: Actors
  /// What must hold all the time, in words for the actors.
  public let invariants: [String]
  /// How failed attempts are repeated.
  public let retry: RetryPolicy
  /// Whether the plan ends with its execute phase, applying nothing.
  public let readOnly: Bool

  /// Puts a snapshot together, as an adapter does that reads it back.
  package init(
    name: ActionName, version: Int, actors: Actors, invariants: [String],
    retry: RetryPolicy, readOnly: Bool
  ) {
    self.name = name
    self.version = version
    self.actors = actors
    self.invariants = invariants
    self.retry = retry
    self.readOnly = readOnly
  }
}

extension ActionSnapshot: Hashable {
  /// Snapshots are equal when all their values are.
  public static func == (a: ActionSnapshot, b: ActionSnapshot) -> Bool {
    a === b
      || a.name == b.name && a.version == b.version && a.actors == b.actors
        && a.invariants == b.invariants && a.retry == b.retry && a.readOnly == b.readOnly
  }

  /// Hashes what tells snapshots apart.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(version)
  }
}
