/// What all plans made from one version of an action have in common.
///
/// A reference, so that a million plans of one action hold it once.
public final class PlanTerms: Sendable {
  /// The action that the plans were made from.
  public let action: ActionName
  /// The version of the action that they were made from.
  public let actionVersion: Int
  /// Who does each phase.
  public let actors: Actors
  /// What must hold all the time, in words for the actors.
  public let invariants: [String]
  /// How failed attempts are repeated.
  public let retry: RetryPolicy
  /// Whether the plan ends with its execute phase, applying nothing.
  public let readOnly: Bool

  /// Puts terms together, as an adapter does that reads them back.
  public init(
    action: ActionName, actionVersion: Int, actors: Actors, invariants: [String],
    retry: RetryPolicy, readOnly: Bool
  ) {
    self.action = action
    self.actionVersion = actionVersion
    self.actors = actors
    self.invariants = invariants
    self.retry = retry
    self.readOnly = readOnly
  }
}

extension PlanTerms: Hashable {
  /// Terms are equal when all their values are.
  public static func == (a: PlanTerms, b: PlanTerms) -> Bool {
    a === b
      || a.action == b.action && a.actionVersion == b.actionVersion && a.actors == b.actors
        && a.invariants == b.invariants && a.retry == b.retry && a.readOnly == b.readOnly
  }

  /// Hashes what tells terms apart.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(action)
    hasher.combine(actionVersion)
  }
}
