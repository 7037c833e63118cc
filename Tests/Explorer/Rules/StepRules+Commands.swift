import PlanDomain

/// What each command leaves behind in its own plan: times, lease and documents.
extension StepRules {
  private var now: Timestamp { before.now }

  private func later(_ seconds: Int) -> Timestamp { now.adding(.seconds(seconds)) }

  /// A child that takes a slot is ready now, or at its `notBefore` if it never had one.
  mutating func checkSlots() {
    for (plan, name) in zip(after.plans, after.names) where plan.status.state == .queued {
      guard plan.holdsSlot, before.plan(plan.id)?.awaitsSlot ?? true else { continue }
      let notBefore = plan.progress.epoch == 0 ? plan.definition.notBefore : nil
      require(
        plan.progress.readyAt == max(notBefore ?? now, now), name,
        "it took a slot, and is not ready at the time that it should be")
    }
  }

  mutating func checkCommand() {
    switch step {
    case .claim(let name): checkLease(name)
    case .claimOldest(let limit): checkOldest(limit)
    case .work(let name, let command, _): checkWork(command, name)
    case .operate(let name, let command, _): checkOperation(command, name)
    case .reclaim:
      for (plan, name) in zip(after.plans, after.names) where isReclaimed(plan) {
        checkQueued(name, at: now)
      }
    case .wait, .purge: break
    }
  }

  private func isReclaimed(_ plan: Plan) -> Bool {
    seen.events.contains { $0.plan == plan.id && $0.command == .reclaim }
  }

  /// A queued plan is ready at this time; a child that lost its slot waits for one.
  private mutating func checkQueued(_ name: String, at time: Timestamp) {
    guard let plan = after.plan(name), plan.status.state == .queued,
      before.plan(name).map({ $0.holdsSlot || $0.definition.position == nil }) ?? false
    else { return }
    require(plan.progress.readyAt == time, name, "it is not ready at the time that it should be")
  }

  private mutating func checkLease(_ name: String) {
    guard let plan = after.plan(name), let lease = plan.progress.lease else {
      return require(false, name, "it was claimed and has no lease")
    }
    let end = plan.definition.action.attemptTimeout.map { now.adding($0) }
    require(lease.end == end, name, "the end of the attempt is not the claim plus the time-out")
    require(
      lease.expiresAt == min(later(shape.lease), end ?? later(shape.lease)), name,
      "the lease does not last as long as was asked for")
  }

  /// Those are claimed that have been ready longest, then in order of their ids.
  private mutating func checkOldest(_ limit: Int) {
    let due = before.plans.filter { $0.isDue(at: now) }.compactMap { plan in
      plan.progress.readyAt.map { ($0, plan.id) }
    }
    let expected = due.sorted { $0 < $1 }.prefix(limit).map(\.1)
    let claimed = seen.events.filter { $0.command == .claim }.map(\.plan)
    require(claimed == expected, "root", "others were claimed than those ready longest")
  }

  private mutating func checkWork(_ command: WorkCommand, _ name: String) {
    guard let old = before.plan(name), let plan = after.plan(name) else { return }
    let (was, progress) = (old.progress, plan.progress)
    switch command {
    case .renew:
      require(seen.events.isEmpty, name, "a renewal is recorded in history")
      require(progress.lease?.end == was.lease?.end, name, "a renewal moved the attempt's end")
      let until = min(later(shape.lease), was.lease?.end ?? later(shape.lease))
      require(progress.lease?.expiresAt == until, name, "the renewed lease has another duration")
    case .checkpoint:
      require(seen.events.isEmpty, name, "a checkpoint is recorded in history")
      require(progress.checkpoint != nil, name, "the checkpoint is not kept")
    case .release: checkQueued(name, at: now)
    case .postpone: checkQueued(name, at: later(shape.postponement))
    case .fail:
      let delay = old.definition.action.retry.delay(afterAttempt: was.attempt, jitter: 1)
      checkQueued(name, at: now.adding(delay))
    case .failLater: checkQueued(name, at: later(shape.retryAfter))
    case .complete:
      require(progress.checkpoint == nil, name, "the checkpoint outlives its phase")
      require(progress.failure == nil, name, "a failure outlives the phase that succeeded")
      checkAutomation(old, plan, name)
    case .constrain:
      let reverts = old.definition.automation.revertWhenConstrained && was.reversionCount < 3
      require(
        plan.status == (reverts ? .strategizeQueued : .applyConstrained), name,
        "it was constrained and is \(plan.status)")
      if reverts { checkReverted(plan, name) }
    case .failForGood:
      require(plan.status.state == .errored, name, "it failed for good and is \(plan.status)")
    case .spawn:
      require(progress.lease == nil, name, "a plan that waits for its children has a lease")
      require(
        progress.round?.number == (was.round?.number ?? 0) + 1, name,
        "the rounds are not numbered one after the other")
    }
  }

  private mutating func checkAutomation(_ old: Plan, _ plan: Plan, _ name: String) {
    let automation = old.definition.automation
    let expected: PlanStatus
    switch old.status {
    case .strategizeProcessing:
      expected = automation.advanceToExecute ? .executeQueued : .strategizeComplete
    case .executeProcessing:
      let isAdvanced = automation.advanceToApply && !old.definition.action.readOnly
      expected = isAdvanced ? .applyQueued : .executeComplete
    default: expected = .applyApplied
    }
    require(plan.status == expected, name, "it was completed and is \(plan.status)")
    checkQueued(name, at: now)
  }

  private mutating func checkReverted(_ plan: Plan, _ name: String) {
    let progress = plan.progress
    require(plan.status == .strategizeQueued, name, "it was reverted and is \(plan.status)")
    require(
      progress.result(of: .execute) == nil && progress.result(of: .apply) == nil
        && progress.checkpoint == nil && progress.input == nil, name,
      "a revert keeps documents of the later phases")
    require(
      progress.round.map { $0.total == 0 && $0.ended == 0 && $0.holding == 0 } ?? true, name,
      "a revert keeps counting the children")
  }

  private mutating func checkOperation(_ command: OperatorCommand, _ name: String) {
    guard let old = before.plan(name), let plan = after.plan(name) else { return }
    switch command {
    case .advance:
      require(plan.status.phase > old.status.phase, name, "an advance does not reach a later phase")
      require(plan.progress.input != nil, name, "the input of an advance is not kept")
      checkQueued(name, at: now)
    case .retry:
      require(plan.progress.failure == nil, name, "a retry keeps the failure")
      require(plan.status.phase == old.status.phase, name, "a retry changes the phase")
      if plan.definition.position == nil { checkReady(name, at: now) }
    case .revert:
      checkReverted(plan, name)
      if plan.definition.position == nil { checkReady(name, at: now) }
    case .cancel:
      require(plan.status.state == .cancelled, name, "it was cancelled and is \(plan.status)")
      require(plan.progress.failure?.code == .cancelled, name, "a cancellation leaves no failure")
    case .expedite:
      let readyAt = plan.progress.readyAt
      require(readyAt.map { $0 <= now } ?? false, name, "an expedited plan is not ready")
    case .evict: checkQueued(name, at: now)
    }
  }

  private mutating func checkReady(_ name: String, at time: Timestamp) {
    require(after.plan(name)?.progress.readyAt == time, name, "the root is not ready at once")
  }
}

extension PlanPhase {
  fileprivate static func > (a: PlanPhase, b: PlanPhase) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) > (allCases.firstIndex(of: b) ?? 0)
  }
}
