extension PlanProgress {
  /// Applies a command that the table allows; returns the detail for its event.
  mutating func apply(
    _ command: PlanCommand, to target: TransitionTable.Target, retry policy: RetryPolicy,
    at now: Timestamp
  ) -> PlanEvent.Detail? {
    switch command {
    case .claim(let owner, let until):
      claim(target.status, by: owner, until: until, at: now)
      return .owner(owner)
    case .renew(_, let until):
      lease = lease.map { Lease(owner: $0.owner, expiresAt: until) }
      return nil
    case .checkpoint(_, let checkpoint):
      currentDocuments = currentDocuments.with(checkpoint: checkpoint)
      return nil
    case .release:
      requeue(target.status, readyAt: now)
      epoch += 1
      attempt -= 1
      return nil
    case .complete(_, let result):
      currentDocuments = currentDocuments.completing(status.phase, with: result)
      settle(target.status, at: now)
      return nil
    case .constrain(_, let reason):
      end(target.status, code: .constrained, reason: reason, at: now)
      return .reason(reason)
    case .fail(_, let failure, let jitter):
      let delay = policy.delay(afterAttempt: attempt, jitter: jitter)
      return endAttempt(target, failure, of: policy, after: delay, at: now)
    case .spawn(_, let round):
      lease = nil
      status = target.status
      self.round = round
      return .children(round: round.number, count: round.total)
    case .resume:
      // The spawning attempt continues: the next claim counts it again.
      requeue(target.status, readyAt: now)
      attempt -= 1
      return nil
    case .advance:
      enter(target.status, at: now)
      return nil
    case .retry:
      enter(target.status, at: now)
      currentDocuments = currentDocuments.with(failure: nil)
      return nil
    case .revert(let reason):
      revert(target.status, at: now)
      return .reason(reason)
    case .cancel(let reason):
      end(target.status, code: .cancelled, reason: reason, at: now)
      epoch += 1
      return .reason(reason)
    case .reclaim:
      epoch += 1
      return endAttempt(target, .leaseExpired, of: policy, after: .zero, at: now)
    case .expedite:
      readyAt = now
      return nil
    case .evict(let reason):
      epoch += 1
      return endAttempt(target, .leaseEvicted(reason), of: policy, after: .zero, at: now)
    }
  }

  private mutating func claim(
    _ status: PlanStatus, by owner: LeaseOwner, until: Timestamp, at now: Timestamp
  ) {
    self.status = status
    lease = Lease(owner: owner, expiresAt: until)
    readyAt = nil
    epoch += 1
    attempt += 1
    self[times: status.phase].start(at: now)
  }

  private mutating func requeue(_ status: PlanStatus, readyAt: Timestamp) {
    self.status = status
    lease = nil
    self.readyAt = readyAt
  }

  /// Queues a phase with all its attempts and with new times.
  private mutating func enter(_ status: PlanStatus, at now: Timestamp) {
    requeue(status, readyAt: now)
    attempt = 0
    self[times: status.phase] = PhaseTimes(queuedAt: now, startedAt: nil, endedAt: nil)
  }

  private mutating func settle(_ status: PlanStatus, at now: Timestamp) {
    self.status = status
    lease = nil
    readyAt = nil
    self[times: status.phase].end(at: now)
  }

  /// Settles the phase with a failure of this code and reason.
  private mutating func end(
    _ status: PlanStatus, code: Key, reason: String, at now: Timestamp
  ) {
    settle(status, at: now)
    currentDocuments = currentDocuments.with(
      failure: Plan.Failure(uncheckedCode: code, message: reason, detail: nil, isRetryable: false))
  }

  /// Queues another attempt after the delay if the failure is retryable and an attempt is left;
  /// otherwise settles the phase as errored.
  private mutating func endAttempt(
    _ target: TransitionTable.Target, _ failure: Plan.Failure, of policy: RetryPolicy,
    after delay: Duration, at now: Timestamp
  ) -> PlanEvent.Detail? {
    if failure.isRetryable && attempt < policy.attempts {
      requeue(target.status, readyAt: now.adding(delay))
    } else {
      settle(target.exhausted ?? target.status, at: now)
    }
    currentDocuments = currentDocuments.with(failure: failure)
    return .failure(failure)
  }

  private mutating func revert(_ status: PlanStatus, at now: Timestamp) {
    enter(status, at: now)
    self[times: .execute] = PhaseTimes()
    self[times: .apply] = PhaseTimes()
    reversionCount += 1
    round = round?.cleared()
    currentDocuments = currentDocuments.reverted()
  }
}
