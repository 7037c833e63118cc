public import PlanDomain

extension StatusCounts {
  /// The counts of a scope, from the lists that a store keeps.
  ///
  /// `groups` holds how many plans of the scope are in each group of statuses. A group counts plans
  /// that are being worked on as queued, so each plan of `processing` that the scope contains moves
  /// from its group's resting status to its own. Pass all processing plans of the store; there are
  /// never many.
  public init(of scope: PlanScope, groups: [StatusGroup: Int], processing: some Sequence<Plan>) {
    var counts: [PlanStatus: Int] = [:]
    for (group, count) in groups { counts[group.restingStatus, default: 0] += count }
    for plan in processing where scope.contains(plan) {
      counts[StatusGroup(plan.status).restingStatus, default: 0] -= 1
      counts[plan.status, default: 0] += 1
    }
    self.init(counts)
  }
}
