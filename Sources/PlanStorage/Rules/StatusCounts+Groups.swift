public import PlanDomain

extension StatusCounts {
  /// Creates the counts of a scope from the number of its plans in each group of statuses.
  ///
  /// `processing` must contain all processing plans of the store, which are few. Each one that the
  /// scope contains is counted under its own status instead of the resting status of its group.
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
