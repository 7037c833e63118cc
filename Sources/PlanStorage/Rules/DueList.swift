public import PlanDomain

/// A list of plans in the order in which they are due; a plan is in one of them at most.
public enum DueList: Hashable, Sendable {
  /// Queued for this actor, by the time from which they may be claimed.
  case ready(ActorName)
  /// Processing, by the time at which the lease expires.
  case leases
  /// Final roots, by the time at which they ended.
  case finalRoots
}
