extension PlanProgress {
  /// Applies a command that the table allows; returns the detail for its event.
  mutating func apply(
    _ command: PlanCommand, to target: TransitionTable.Target, of action: ActionSnapshot,
    at now: Timestamp
  ) -> PlanEvent.Detail? {
    switch command {
    case .claim(let owner, let until):
      let lease = Lease(owner: owner, until: until, timeout: action.attemptTimeout, at: now)
      claim(target.status, with: lease, at: now)
      return .owner(owner)
    case .renew(_, let until, let report):
      lease = lease?.renewed(until: until)
      note(report)
      return nil
    case .checkpoint(_, let checkpoint):
      currentDocuments = currentDocuments.with(checkpoint: checkpoint)
      return nil
    case .release(_, let readyAt):
      return release(target.status, readyAt: max(readyAt ?? now, now), at: now)
    case .complete(_, let result):
      currentDocuments = currentDocuments.completing(status.phase, with: result)
      settle(target.status, at: now)
      return nil
    case .constrain(_, let reason):
      end(target.status, code: .constrained, reason: reason, at: now)
      return .reason(reason)
    case .fail(_, let failure, let jitter):
      let delay = failure.retryAfter ?? action.retry.delay(afterAttempt: attempt, jitter: jitter)
      return endAttempt(target, failure, of: action.retry, after: delay, at: now)
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
    case .advance(let input):
      enter(target.status, at: now)
      return take(input)
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
      let failure = lease?.expiresAtEnd == true ? Plan.Failure.attemptTimedOut : .leaseExpired
      return takeAway(target, failure, of: action.retry, at: now)
    case .expedite:
      readyAt = now
      return nil
    case .evict(let reason):
      return takeAway(target, .leaseEvicted(reason), of: action.retry, at: now)
    }
  }

  private mutating func claim(_ status: PlanStatus, with lease: Lease, at now: Timestamp) {
    self.status = status
    self.lease = lease
    readyAt = nil
    epoch += 1
    attempt += 1
    self[times: status.phase].start(at: now)
  }

  /// Keeps what the handler has reported, truncated; nil keeps the latest report.
  private mutating func note(_ report: String?) {
    guard let report else { return }
    let limit = PlanLimits.reportBytes
    let text = report.utf8.count > limit ? report.shortened(toBytes: limit - 3) : report
    // Documents that stay the same object are not written again.
    if text != currentDocuments.report { currentDocuments = currentDocuments.with(report: text) }
  }

  /// Gives the attempt back; returns the detail for the event of a plan that is ready later.
  private mutating func release(
    _ status: PlanStatus, readyAt: Timestamp, at now: Timestamp
  ) -> PlanEvent.Detail? {
    requeue(status, readyAt: readyAt)
    epoch += 1
    attempt -= 1
    return readyAt > now ? .postponed(until: readyAt) : nil
  }

  /// Takes the lease away and fails the attempt; another one is ready at once.
  private mutating func takeAway(
    _ target: TransitionTable.Target, _ failure: Plan.Failure, of policy: RetryPolicy,
    at now: Timestamp
  ) -> PlanEvent.Detail? {
    epoch += 1
    return endAttempt(target, failure, of: policy, after: .zero, at: now)
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

  /// Replaces the input of the phase; returns the detail for the event.
  private mutating func take(_ input: JSONValue?) -> PlanEvent.Detail? {
    // Documents that stay the same object are not written again.
    if input == nil, documents?.input == nil { return nil }
    currentDocuments = currentDocuments.with(input: input)
    return input.map { .input(bytes: $0.serialized().utf8.count) }
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
