public import PlanDomain
import PlanStorage

/// What a worker asks for; every write presents the token of its lease and throws `leaseLost`
/// when the lease is no longer its own.
extension PlanTransaction {
  /// Gives queued plans to a worker: those that have been ready longest, at most `limit`.
  ///
  /// `leaseFor` is how long nobody else may take them away. Plans of `excluded` are left out. A plan
  /// that cannot be read, or that refuses to be claimed, is skipped and keeps no other from being
  /// claimed; `skipped` names it. Throws `outOfRange` for a limit below one or a lease below a
  /// microsecond, and `StorageError`.
  public func claim(
    owner: LeaseOwner, actors: [ActorName], limit: Int, leaseFor: Duration,
    excluding excluded: Set<Plan.ID> = []
  ) throws -> PlanBatch {
    try claim(
      owner: owner, actors: actors, limit: limit, leaseFor: leaseFor, excluding: excluded,
      tried: { _ in }, then: { _ in })
  }

  /// Claims, and calls `then` for each plan that was claimed; what it throws spoils the claim.
  func claim(
    owner: LeaseOwner, actors: [ActorName], limit: Int, leaseFor: Duration,
    excluding excluded: Set<Plan.ID>, tried: (Plan.ID?) -> Void, then: (Plan) throws -> Void
  ) throws -> PlanBatch {
    try command {
      try checkLimit(limit)
      let until = try leaseEnd(leaseFor)
      var batch = PlanBatch()
      while batch.count < limit, batch.skipped.count < Self.mostSkipped {
        let found = try session.readyPlans(
          for: actors, at: now, limit: limit - batch.count,
          excluding: excluded.union(batch.skipped.map(\.id)))
        if found.plans.isEmpty, found.unreadable.isEmpty { break }
        batch.skip(found.unreadable)
        let plans = Dictionary(uniqueKeysWithValues: found.plans.map { ($0.id, $0) })
        try each(found.plans.map(\.id), tried: tried, into: &batch) { id in
          guard let plan = plans[id] else { return nil }
          let claimed = try carryOut(.claim(owner, until: until), on: plan)
          try then(claimed)
          return claimed
        }
        // Nothing to make up for: what was found is all there is, or all that was asked for.
        if batch.skipped.isEmpty { break }
      }
      return batch
    }
  }

  /// Gives one queued plan to a worker, whatever its actor: for a person or a tool.
  ///
  /// Throws `notDue` before the plan's time, `awaitsSlot` for a child without a slot, and
  /// `outOfRange` for a lease below a microsecond.
  @discardableResult
  public func claim(_ id: Plan.ID, owner: LeaseOwner, leaseFor: Duration) throws -> Plan {
    try command {
      try carryOut(.claim(owner, until: try leaseEnd(leaseFor)), on: plan(id))
    }
  }

  /// Prolongs a lease, counted from now.
  @discardableResult
  public func renew(_ token: LeaseToken, leaseFor: Duration) throws -> Plan {
    try command {
      try carryOut(.renew(token, until: try leaseEnd(leaseFor)), on: plan(token.plan))
    }
  }

  /// Prolongs several leases, counted from now; those that are lost are skipped.
  func renew(
    _ tokens: [LeaseToken], leaseFor: Duration, tried: (Plan.ID?) -> Void
  ) throws -> PlanBatch {
    let until = try leaseEnd(leaseFor)
    let byPlan = Dictionary(tokens.map { ($0.plan, $0) }) { $1 }
    var batch = PlanBatch()
    try each(tokens.map(\.plan), tried: tried, into: &batch) { id in
      try byPlan[id].map { try carryOut(.renew($0, until: until), on: plan(id)) }
    }
    return batch
  }

  /// Keeps the point that the phase's work can go on from; replaces the one before.
  @discardableResult
  public func checkpoint(_ token: LeaseToken, _ checkpoint: Plan.Checkpoint) throws -> Plan {
    try command { try carryOut(.checkpoint(token, checkpoint), on: plan(token.plan)) }
  }

  /// Gives a plan back as if it had not been claimed; it is ready at once.
  @discardableResult
  public func release(_ token: LeaseToken) throws -> Plan {
    try command { try carryOut(.release(token), on: plan(token.plan)) }
  }

  /// Ends the phase with its result, and goes on to the next one when the plan's automation says.
  ///
  /// Throws `documentTooLarge`.
  @discardableResult
  public func complete(_ token: LeaseToken, result: JSONValue = .null) throws -> Plan {
    try command {
      try result.checked(field: "result")
      return try carryOut(.complete(token, result: result), on: plan(token.plan)) { plan in
        let automation = plan.definition.automation
        let isAdvancing =
          plan.status == .strategizeComplete && automation.advanceToExecute
          || plan.status == .executeComplete && automation.advanceToApply && !plan.isFinal
        return isAdvancing ? .advance : nil
      }
    }
  }

  /// Says that applying is not possible for a reason outside the plan.
  ///
  /// Goes back to strategize at once when the plan's automation says so and reverts are left.
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

  /// Ends the attempt; another one follows after a delay, while one is left and could help.
  @discardableResult
  public func fail(_ token: LeaseToken, _ failure: Plan.Failure) throws -> Plan {
    try command {
      try carryOut(.fail(token, failure, jitter: environment.jitter()), on: plan(token.plan))
    }
  }

  /// Takes expired leases away, at most `limit`.
  ///
  /// Each plan is read again before it is changed: what happened to one of them may have ended
  /// another. Plans of `excluded` are left out; a plan that cannot be read, or that refuses, is
  /// skipped and keeps no other from being reclaimed. Throws `outOfRange` for a limit below one.
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

  /// How many plans one claim skips before it gives back what it has.
  private static var mostSkipped: Int { 100 }

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
