public import PlanDomain
import PlanStorage

/// The commands of a worker; each write takes the token of the worker's lease.
extension PlanTransaction {
  /// Leases at most `limit` queued plans to a worker; those that have been ready longest first.
  ///
  /// During `leaseFor` no other worker can take the plans away. Plans in `excluded` are left out. A
  /// plan that is unreadable or refuses the claim is added to `skipped` and does not prevent the
  /// claim of others. A ``PlanWorker`` does all of this; the commands of a worker are for hosts
  /// that write their own.
  ///
  /// ```swift
  /// let claimed = try await system.plans.write { transaction in
  ///   try transaction.claim(
  ///     owner: "importer/1", actors: ["importer"], limit: 4, leaseFor: .seconds(60))
  /// }
  /// for plan in claimed { print(plan.id, plan.leaseToken as Any) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` if `limit` is below one or `leaseFor` below a
  ///   microsecond; ``StorageError`` if the store fails.
  public func claim(
    owner: LeaseOwner, actors: [ActorName], limit: Int, leaseFor: Duration,
    excluding excluded: Set<Plan.ID> = []
  ) throws -> PlanBatch {
    try claim(
      owner: owner, actors: actors, limit: limit, leaseFor: leaseFor, excluding: excluded,
      check: { _ in }, tried: { _ in }, then: { _ in })
  }

  /// Claims plans, and calls `then` with each claimed plan; an error of `then` spoils the unit of
  /// work.
  ///
  /// Skips a plan for which `check` throws; nothing of it is changed.
  func claim(
    owner: LeaseOwner, actors: [ActorName], limit: Int, leaseFor: Duration,
    excluding excluded: Set<Plan.ID>, check: (Plan) throws -> Void, tried: (Plan.ID?) -> Void,
    then: (Plan) throws -> Void
  ) throws -> PlanBatch {
    try command {
      try checkLimit(limit)
      let until = try leaseEnd(leaseFor)
      var batch = PlanBatch()
      while batch.count < limit, batch.skipped.count < Self.maxSkipped {
        var free = limit - batch.count
        // Twice as many each time, so that a long row of plans to skip takes few looks.
        let found = try session.readyPlans(
          for: actors, at: now, limit: max(free, min(batch.skipped.count, Self.maxSkipped)),
          excluding: excluded.union(batch.skipped.map(\.id)))
        if found.plans.isEmpty, found.unreadable.isEmpty { break }
        batch.skip(found.unreadable)
        let plans = Dictionary(uniqueKeysWithValues: found.plans.map { ($0.id, $0) })
        try each(found.plans.map(\.id), tried: tried, into: &batch) { id in
          guard free > 0, let plan = plans[id] else { return nil }
          try check(plan)
          let claimed = try carryOut(.claim(owner, until: until), on: plan)
          try then(claimed)
          free -= 1
          return claimed
        }
        // Nothing was skipped, so no other plan has to replace one.
        if batch.skipped.isEmpty { break }
      }
      return batch
    }
  }

  /// Leases one queued plan to a worker, whatever its actor; for people and tools.
  ///
  /// ```swift
  /// let plan = try await system.plans.write { transaction in
  ///   try transaction.claim(id, owner: "anna", leaseFor: .seconds(3600))
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is not queued; ``PlanError/Code/notDue`` with
  ///   its `readyAt` if it is queued for later; ``PlanError/Code/awaitsSlot`` for a child that
  ///   holds no slot of its parent or depends on a sibling; ``PlanError/Code/outOfRange`` if
  ///   `leaseFor` is below a microsecond; ``StorageError`` if the store fails.
  @discardableResult
  public func claim(_ id: Plan.ID, owner: LeaseOwner, leaseFor: Duration) throws -> Plan {
    try command {
      try carryOut(.claim(owner, until: try leaseEnd(leaseFor)), on: plan(id))
    }
  }

  /// Extends a lease; `leaseFor` counts from now.
  ///
  /// Stores what the handler has reported, truncated to 500 bytes; nil keeps the latest report. No
  /// lease lasts beyond the attempt's time-out.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.renew(token, leaseFor: .seconds(60), report: "page 3") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``PlanError/Code/attemptTimedOut`` at or after the end of the attempt, which `reclaim` then
  ///   fails; ``PlanError/Code/outOfRange`` if `leaseFor` is below a microsecond; ``StorageError``
  ///   if the store fails.
  @discardableResult
  public func renew(
    _ token: LeaseToken, leaseFor: Duration, report: String? = nil
  ) throws -> Plan {
    try command {
      try carryOut(
        .renew(token, until: try leaseEnd(leaseFor), report: report), on: plan(token.plan))
    }
  }

  /// Extends several leases as the other form does; skips lost leases and attempts that timed out.
  func renew(
    _ tokens: [LeaseToken], leaseFor: Duration, reports: [LeaseToken: String],
    tried: (Plan.ID?) -> Void
  ) throws -> PlanBatch {
    let until = try leaseEnd(leaseFor)
    let byPlan = Dictionary(tokens.map { ($0.plan, $0) }) { $1 }
    var batch = PlanBatch()
    try each(tokens.map(\.plan), tried: tried, into: &batch) { id in
      try byPlan[id].map { token in
        try carryOut(.renew(token, until: until, report: reports[token]), on: plan(id))
      }
    }
    return batch
  }

  /// Saves the state from which the phase's work can continue; replaces the previous checkpoint.
  ///
  /// It outlives attempts and ends with the phase. No transition: the plan's version stays, and
  /// there is no event.
  ///
  /// ```swift
  /// let checkpoint = try Plan.Checkpoint(step: "page", data: 3)
  /// try await system.plans.write { try $0.checkpoint(token, checkpoint) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func checkpoint(_ token: LeaseToken, _ checkpoint: Plan.Checkpoint) throws -> Plan {
    try command { try carryOut(.checkpoint(token, checkpoint), on: plan(token.plan)) }
  }

  /// Returns a plan to the queue, at once or for a later time; the attempt is not counted.
  ///
  /// With a `readyAt` the plan is postponed, which its event records; a child keeps its slot.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.release(token) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``PlanError/Code/outOfRange`` if `readyAt` is not later than now, or more than a year of 366
  ///   days from now; ``StorageError`` if the store fails.
  @discardableResult
  public func release(_ token: LeaseToken, readyAt: Timestamp? = nil) throws -> Plan {
    try command {
      if let readyAt {
        if readyAt <= now { throw Self.notLater }
        if readyAt > now.adding(PlanLimits.postponement) {
          throw PlanError.outOfRange(field: "readyAt", reason: "must be at most 366 days from now")
        }
      }
      return try carryOut(.release(token, readyAt: readyAt), on: plan(token.plan))
    }
  }

  /// The error for a postponement that would not be one.
  static var notLater: PlanError {
    .outOfRange(field: "readyAt", reason: "must be later than now")
  }

  /// Completes the phase with its result, and queues the next phase if the plan's automation says
  /// so.
  ///
  /// The end of a child also lets its siblings start, or its parent go on, in the same unit of
  /// work.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.complete(token, result: ["files": 12]) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``PlanError/Code/documentTooLarge`` or ``PlanError/Code/invalidJSON`` if the result has more
  ///   than 16 MiB or is nested more than 128 deep; ``StorageError`` if the store fails.
  @discardableResult
  public func complete(_ token: LeaseToken, result: JSONValue = .null) throws -> Plan {
    try command {
      try result.checked(field: "result")
      return try carryOut(.complete(token, result: result), on: plan(token.plan)) { plan in
        let automation = plan.definition.automation
        let isAdvancing =
          plan.status == .strategizeComplete && automation.advanceToExecute
          || plan.status == .executeComplete && automation.advanceToApply && !plan.isFinal
        return isAdvancing ? .advance() : nil
      }
    }
  }

  /// Reports that applying is impossible for a reason outside the plan.
  ///
  /// Reverts the plan to strategize at once if its automation says so and reverts are left.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.constrain(token, reason: "the branch is locked") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` in another phase than apply, and if the attempt has
  ///   ended by its own outcome; ``PlanError/Code/invalidText`` if the reason is empty;
  ///   ``PlanError/Code/textTooLarge`` if it has more than 256 KiB; ``StorageError`` if the store
  ///   fails.
  @discardableResult
  public func constrain(_ token: LeaseToken, reason: String) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      return try carryOut(.constrain(token, reason: reason), on: plan(token.plan)) { plan in
        plan.definition.automation.revertWhenConstrained
          && plan.progress.reversionCount < PlanLimits.maxReverts ? .revert(reason: reason) : nil
      }
    }
  }

  /// Fails the attempt; the next one follows after a delay if one is left and the failure is
  /// retryable.
  ///
  /// The delay is the failure's `retryAfter`, or that of the retry policy.
  ///
  /// ```swift
  /// let failure = try Plan.Failure(code: "offline", message: "no network", isRetryable: true)
  /// try await system.plans.write { try $0.fail(token, failure) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan was purged; ``PlanError/Code/leaseLost``
  ///   if the token is not that of the plan's current lease;
  ///   ``PlanError/Code/transitionNotAllowed`` if the attempt has ended by its own outcome;
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func fail(_ token: LeaseToken, _ failure: Plan.Failure) throws -> Plan {
    try command {
      try carryOut(.fail(token, failure, jitter: environment.jitter()), on: plan(token.plan))
    }
  }

  /// Takes at most `limit` expired leases away.
  ///
  /// The attempt fails with `leaseExpired`, or with `attemptTimedOut` when its lease expired
  /// because the attempt reached its time-out; both are retryable.
  ///
  /// Reads each plan again before it changes it, because a change of one plan may have ended
  /// another. Plans in `excluded` are left out. A plan that is unreadable or refuses is added to
  /// `skipped` and does not prevent the reclaim of others.
  ///
  /// ```swift
  /// let reclaimed = try await system.plans.write { try $0.reclaim(limit: 100) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` if `limit` is below one; ``StorageError`` if the store
  ///   fails.
  @discardableResult
  public func reclaim(limit: Int, excluding excluded: Set<Plan.ID> = []) throws -> PlanBatch {
    try reclaim(limit: limit, excluding: excluded, tried: { _ in })
  }

  func reclaim(
    limit: Int, excluding excluded: Set<Plan.ID>, tried: (Plan.ID?) -> Void
  ) throws -> PlanBatch {
    try command {
      try checkLimit(limit)
      let found = try session.expiredLeases(at: now, limit: limit, excluding: excluded)
      var batch = PlanBatch()
      batch.skip(found.unreadable)
      try each(found.plans.map(\.id), tried: tried, into: &batch) { id in
        let plan = try plan(id)
        guard let lease = plan.progress.lease, lease.expiresAt <= now else { return nil }
        return try carryOut(.reclaim, on: plan)
      }
      return batch
    }
  }

  /// Reclaims the plans of these leases that have expired; skips lost leases.
  ///
  /// Leaves out a lease whose claim is not committed yet.
  func reclaim(_ tokens: [LeaseToken], tried: (Plan.ID?) -> Void) throws -> PlanBatch {
    try command {
      let byPlan = Dictionary(tokens.map { ($0.plan, $0) }) { $1 }
      var batch = PlanBatch()
      try each(tokens.map(\.plan), tried: tried, into: &batch) { id in
        let plan = try plan(id)
        guard let token = byPlan[id], plan.progress.epoch >= token.epoch else { return nil }
        guard let lease = plan.progress.lease, plan.leaseToken == token else {
          throw PlanError.leaseLost(id, status: plan.status)
        }
        return lease.expiresAt <= now ? try carryOut(.reclaim, on: plan) : nil
      }
      return batch
    }
  }

  /// The number of skipped plans after which a claim returns what it has.
  private static var maxSkipped: Int { 100 }

  private func checkLimit(_ limit: Int) throws {
    guard limit > 0 else {
      throw PlanError.outOfRange(field: "limit", reason: "must be at least 1")
    }
  }

  private func leaseEnd(_ duration: Duration) throws -> Timestamp {
    guard duration >= .microseconds(1) else {
      throw PlanError.outOfRange(field: "leaseFor", reason: "must be at least a microsecond")
    }
    return now.adding(duration)
  }
}
