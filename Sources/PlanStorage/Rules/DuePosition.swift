public import PlanDomain

/// The list that a plan is in, and its time there.
public struct DuePosition: Hashable, Sendable {
  /// The list.
  public let list: DueList
  /// When the plan is due; lists are ordered by this time, then by the plan's id.
  public let time: Timestamp

  /// The position of this plan; nil when it is in no list.
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
