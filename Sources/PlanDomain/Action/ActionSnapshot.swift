/// The values that a plan keeps of its action's version.
///
/// A class, so that all plans of one version share one instance.
public final class ActionSnapshot: Sendable {
  /// The name of the action.
  public let name: ActionName
  /// The version of the action.
  public let version: Int
  /// The actors of the phases.
  public let actors: Actors
  /// The invariants that must hold at all times, as text for the actors.
  public let invariants: [String]
  /// The retry policy.
  public let retry: RetryPolicy
  /// Whether plans end with their execute phase and apply nothing.
  public let readOnly: Bool
  /// The time-out of one attempt, in whole microseconds; nil for attempts without one.
  public let attemptTimeout: Duration?

  /// Creates a snapshot, for example from stored values.
  package init(
    name: ActionName, version: Int, actors: Actors, invariants: [String],
    retry: RetryPolicy, readOnly: Bool, attemptTimeout: Duration? = nil
  ) {
    self.name = name
    self.version = version
    self.actors = actors
    self.invariants = invariants
    self.retry = retry
    self.readOnly = readOnly
    self.attemptTimeout = attemptTimeout
  }
}

extension ActionSnapshot: Hashable {
  /// Whether all values are equal.
  public static func == (a: ActionSnapshot, b: ActionSnapshot) -> Bool {
    a === b
      || a.name == b.name && a.version == b.version && a.actors == b.actors
        && a.invariants == b.invariants && a.retry == b.retry && a.readOnly == b.readOnly
        && a.attemptTimeout == b.attemptTimeout
  }

  /// Hashes name and version, which identify a snapshot.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(version)
  }
}
