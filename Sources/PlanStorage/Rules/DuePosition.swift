public import PlanDomain

/// The due list that contains a plan, and the plan's time in it.
public struct DuePosition: Hashable, Sendable {
  /// The due list.
  public let list: DueList
  /// When the plan is due; a due list is ordered by this time, then by id.
  public let time: Timestamp

  /// Creates the position of this plan; nil when the plan is in no due list.
  public init?(of plan: Plan) {
    let progress = plan.progress
    switch plan.status.state {
    case .queued:
      guard let readyAt = progress.readyAt else { return nil }
      (list, time) = (.ready(plan.actor), readyAt)
    case .processing:
      guard let lease = progress.lease else { return nil }
      (list, time) = (.leases, lease.expiresAt)
    case .waiting, .complete, .errored, .constrained, .applied, .cancelled:
      guard plan.definition.position == nil, plan.isFinal, let endedAt = plan.endedAt else {
        return nil
      }
      (list, time) = (.finalRoots, endedAt)
    }
  }
}
