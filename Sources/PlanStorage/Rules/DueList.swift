public import PlanDomain

/// A list of plans in the order in which they are due; a plan is in at most one due list.
public enum DueList: Hashable, Sendable {
  /// The plans queued for this actor, ordered by the time from which they may be claimed.
  case ready(ActorName)
  /// The processing plans, ordered by the expiry of their leases.
  case leases
  /// The final roots, ordered by the time at which they ended.
  case finalRoots
}
