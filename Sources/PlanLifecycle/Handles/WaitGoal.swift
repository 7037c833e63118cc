import PlanDomain

/// What a task waits for on each of its plans.
enum WaitGoal: Hashable, Sendable {
  /// The plan has ended.
  ///
  /// With a limit, waiting fails when the plan has waited for an operator's approval for so long.
  case end(approvalLimit: Duration?)
  /// The plan has a higher version than this one.
  case change(after: Int)

  /// How far a plan is.
  enum Progress: Hashable, Sendable {
    /// The goal is reached.
    case reached
    /// The goal is not reached; it must be checked again at this time, if there is one.
    case open(until: Timestamp?)
    /// The goal is not reached within its limit.
    case failed(PlanError)
  }

  /// Whether a transition to this status may reach the goal or begin a limit.
  func isAffected(by status: PlanStatus) -> Bool {
    switch self {
    case .change: true
    case .end(approvalLimit: nil): status.isSettled && status != .strategizeComplete
    case .end: status.isSettled
    }
  }

  func progress(of plan: Plan, at now: Timestamp) -> Progress {
    switch self {
    case .change(let version): return plan.version > version ? .reached : .open(until: nil)
    case .end(let limit):
      if plan.hasEnded { return .reached }
      guard let limit, plan.status.state == .complete, let since = plan.endedAt else {
        return .open(until: nil)
      }
      // Counted from the stored time, so that a restart of the process does not begin again.
      let end = since.adding(limit)
      return end <= now
        ? .failed(.approvalOverdue(plan.id, status: plan.status)) : .open(until: end)
    }
  }
}
