/// The result of a command: the plan after it, and its event.
package struct PlanTransition: Hashable, Sendable {
  /// The plan after the command.
  package let plan: Plan
  /// The event; nil when the command is not recorded in history.
  package let event: PlanEvent?
}

extension Plan {
  /// Returns the result of a command on this plan; the only way to change a status.
  ///
  /// Throws `leaseLost` for a token that is not the plan's current one, `transitionNotAllowed` for
  /// a command that is not allowed in the plan's status, `notDue` and `awaitsSlot` for a claim
  /// before the plan is ready, `awaitsSlot` also for expediting, `attemptTimedOut` for a renewal at
  /// or after the end of the attempt, and `revertLimitReached`. Cancelling a cancelled plan and
  /// expediting a plan that is ready change nothing. The event records `origin`.
  package func applying(
    _ command: PlanCommand, at now: Timestamp, origin: CommandOrigin? = nil
  ) throws(PlanError) -> PlanTransition {
    if let token = command.token, token != LeaseToken(plan: id, epoch: progress.epoch) {
      throw .leaseLost(id, status: status)
    }
    if case .cancel = command, status.state == .cancelled {
      return PlanTransition(plan: self, event: nil)
    }
    guard let target = TransitionTable.target(of: command.name, from: status),
      isAllowed(command, at: now)
    else { throw .transitionNotAllowed(id, command: command.name, status: status) }
    switch command {
    case .claim: try checkDue(at: now)
    case .renew:
      if let end = progress.lease?.end, end <= now { throw .attemptTimedOut(id, end: end) }
    case .expedite where try isDue(at: now): return PlanTransition(plan: self, event: nil)
    case .revert where progress.reversionCount >= PlanLimits.maxReverts:
      throw .revertLimitReached(id, limit: PlanLimits.maxReverts)
    case .checkpoint, .release, .complete, .constrain, .fail, .spawn, .resume, .advance, .retry,
      .revert, .cancel, .reclaim, .expedite, .evict:
      break
    }

    var progress = progress
    let detail = progress.apply(command, to: target, of: definition.action, at: now)
    progress.updatedAt = now
    switch command {
    case .renew, .checkpoint:
      return PlanTransition(plan: Plan(definition: definition, progress: progress), event: nil)
    case .claim, .release, .complete, .constrain, .fail, .spawn, .resume, .advance, .retry,
      .revert, .cancel, .reclaim, .expedite, .evict:
      progress.version += 1
    }
    let after = Plan(definition: definition, progress: progress)
    return PlanTransition(
      plan: after, event: after.event(command.name, from: status, detail: detail, origin))
  }

  /// Returns the plan with a slot from this time, or without one when `time` is nil.
  ///
  /// Not a transition: the status stays the same and nothing is recorded.
  package func ready(at time: Timestamp?) -> Plan {
    changing { $0.readyAt = time }
  }

  /// Returns the plan with a slot: ready now, or at its `notBefore` until its first claim.
  package func takingSlot(at now: Timestamp) -> Plan {
    let wasClaimed = progress.epoch > 0
    return ready(at: wasClaimed ? now : definition.firstReadyAt(now))
  }

  /// Returns the plan after one more of its dependencies has succeeded.
  package func dependencyMet() -> Plan {
    changing { $0.unmetDependencies -= 1 }
  }

  /// Returns the plan with these counts of its children.
  package func counting(_ round: ChildRound) -> Plan {
    changing { $0.round = round }
  }

  private func changing(_ change: (inout PlanProgress) -> Void) -> Plan {
    var progress = progress
    change(&progress)
    return Plan(definition: definition, progress: progress)
  }

  /// Whether the rules that need more than the status allow the command.
  private func isAllowed(_ command: PlanCommand, at now: Timestamp) -> Bool {
    switch command {
    case .reclaim: progress.lease.map { $0.expiresAt <= now } ?? false
    case .advance, .revert, .cancel: !isFinal
    case .claim, .renew, .checkpoint, .release, .complete, .constrain, .fail, .spawn, .resume,
      .retry, .expedite, .evict:
      true
    }
  }

  /// Whether a queued plan is ready at this time; throws `awaitsSlot` for a child without a slot.
  private func isDue(at now: Timestamp) throws(PlanError) -> Bool {
    guard let readyAt = progress.readyAt else { throw .awaitsSlot(id) }
    return readyAt <= now
  }

  private func checkDue(at now: Timestamp) throws(PlanError) {
    if try !isDue(at: now), let readyAt = progress.readyAt {
      throw .notDue(id, readyAt: readyAt)
    }
  }

  private func event(
    _ command: CommandName, from: PlanStatus?, detail: PlanEvent.Detail?,
    _ origin: CommandOrigin?
  ) -> PlanEvent {
    PlanEvent(
      plan: id, sequence: version, command: command, from: from, to: status,
      at: progress.updatedAt, attempt: progress.attempt, epoch: progress.epoch, detail: detail,
      by: origin?.by, note: origin?.note)
  }
}

extension PlanDefinition {
  /// Returns the time at which the plan is ready for the first time: `now` or `notBefore`,
  /// whichever is later.
  fileprivate func firstReadyAt(_ now: Timestamp) -> Timestamp {
    notBefore.map { max($0, now) } ?? now
  }
}

extension PlanTransition {
  /// Creates a plan and its first event.
  ///
  /// A root is ready at once, or at its `notBefore`, and so is a child if `holdsSlot`. Another
  /// child waits for a slot and for its dependencies.
  package init(creating definition: PlanDefinition, holdsSlot: Bool = true) {
    let now = definition.createdAt
    let plan = Plan(
      definition: definition,
      progress: PlanProgress(
        status: .strategizeQueued, version: 1, attempt: 0, reversionCount: 0, epoch: 0,
        lease: nil, readyAt: holdsSlot ? definition.firstReadyAt(now) : nil,
        unmetDependencies: definition.position?.dependsOn.count ?? 0, updatedAt: now,
        times: (
          PhaseTimes(queuedAt: now, startedAt: nil, endedAt: nil), PhaseTimes(), PhaseTimes()
        ),
        documents: nil, round: nil))
    self.init(
      plan: plan,
      event: PlanEvent(
        plan: plan.id, sequence: 1, command: .use, from: nil, to: plan.status, at: now,
        attempt: 0, epoch: 0, detail: nil))
  }
}
