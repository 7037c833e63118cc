import PlanDomain

/// What the contract says of a step in a state: whether it changes something.
enum Permission {
  /// The command must be carried out.
  case allowed
  /// The command must be refused.
  case refused
  /// The command must be refused with this error, whatever else is wrong with it.
  case refusedWith(PlanError.Code)
  /// The command is carried out and changes nothing.
  case withoutEffect
}

extension TreeState {
  /// What the table of commands says of a step on one plan, in words of the contract.
  ///
  /// Written against the contract and not against the code, of what decides alone: status, lease,
  /// time, slot and the parent's waiting.
  func permission(of step: Step) -> Permission {
    switch step {
    case .claim(let name): plan(name).map { $0.isDue(at: now) } == true ? .allowed : .refused
    case .work(let name, let command, let behind):
      plan(name).map { permission(of: command, on: $0, behind) } ?? .refused
    case .operate(_, _, let behind) where behind > 0: .refusedWith(.versionConflict)
    case .operate(let name, let command, _):
      plan(name).map { permission(of: command, on: $0) } ?? .refused
    case .claimOldest: plans.contains { $0.isDue(at: now) } ? .allowed : .withoutEffect
    case .reclaim:
      plans.contains { $0.progress.lease.map { $0.expiresAt <= now } ?? false }
        ? .allowed : .withoutEffect
    case .purge: root?.isFinal == true ? .allowed : .withoutEffect
    case .wait: .allowed
    }
  }

  private func permission(of command: WorkCommand, on plan: Plan, _ behind: Int) -> Permission {
    if behind > 0 { return .refusedWith(.leaseLost) }
    guard plan.status.state == .processing else {
      // Nobody holds a lease. Whether the last holder hears `leaseLost` depends on who ended it.
      return .refused
    }
    switch command {
    case .renew:
      return plan.progress.lease?.end.map { $0 <= now } == true ? .refused : .allowed
    case .constrain: return plan.status.phase == .apply ? .allowed : .refused
    case .spawn: return plan.status.phase == .execute ? .allowed : .refused
    case .checkpoint, .release, .postpone, .complete, .fail, .failForGood, .failLater:
      return .allowed
    }
  }

  private func permission(of command: OperatorCommand, on plan: Plan) -> Permission {
    let state = plan.status.state
    switch command {
    case .advance: return state == .complete && !plan.isReadOnlyEnd ? .allowed : .refused
    case .retry:
      let isStopped = state == .errored || state == .constrained
      return isStopped && isParentWaiting(for: plan) ? .allowed : .refused
    case .revert:
      let isRevertible: Bool =
        switch state {
        case .complete: !plan.isReadOnlyEnd
        case .errored, .constrained: true
        case .queued: plan.status.phase != .strategize
        case .processing, .waiting, .applied, .cancelled: false
        }
      let isLeft = plan.progress.reversionCount < 3
      return isRevertible && isLeft && isParentWaiting(for: plan) ? .allowed : .refused
    case .cancel:
      if state == .cancelled { return .withoutEffect }
      return state == .applied || plan.isReadOnlyEnd ? .refused : .allowed
    case .expedite:
      guard state == .queued, let readyAt = plan.progress.readyAt else { return .refused }
      return readyAt <= now ? .withoutEffect : .allowed
    case .evict: return state == .processing ? .allowed : .refused
    }
  }

  private func isParentWaiting(for plan: Plan) -> Bool {
    guard let position = plan.definition.position else { return true }
    let parent = self.plan(position.parent)
    return parent?.status == .executeWaiting && parent?.progress.round?.number == position.round
  }
}

extension Plan {
  /// Whether the plan has ended because its action is read-only.
  fileprivate var isReadOnlyEnd: Bool {
    definition.action.readOnly && status == .executeComplete
  }
}
