public import PlanDomain
import PlanStorage

/// What a worker asks for; every write presents the token of its lease and throws `leaseLost`
/// when the lease is no longer its own.
extension PlanWork {
  /// Gives queued plans to a worker: those that have been ready longest, at most `limit`.
  ///
  /// `leaseFor` is how long nobody else may take them away. Throws `outOfRange` for a limit below
  /// one or a lease that is not longer than zero.
  public func claim(
    owner: Owner, actors: [ActorName], limit: Int, leaseFor: Duration
  ) throws -> [Plan] {
    guard limit > 0 else {
      throw PlanError.outOfRange(field: "limit", reason: "must be at least 1")
    }
    let until = try leaseEnd(leaseFor)
    return try session.readyPlans(for: actors, at: now, limit: limit).map { plan in
      try carryOut(.claim(owner, until: until), on: plan)
    }
  }

  /// Prolongs a lease, counted from now.
  @discardableResult
  public func renew(_ token: LeaseToken, leaseFor: Duration) throws -> Plan {
    try carryOut(.renew(token, until: try leaseEnd(leaseFor)), on: plan(token.plan))
  }

  /// Keeps the point that the phase's work can go on from; replaces the one before.
  @discardableResult
  public func checkpoint(_ token: LeaseToken, _ checkpoint: Checkpoint) throws -> Plan {
    try carryOut(.checkpoint(token, checkpoint), on: plan(token.plan))
  }

  /// Gives a plan back as if it had not been claimed; it is ready at once.
  @discardableResult
  public func release(_ token: LeaseToken) throws -> Plan {
    try carryOut(.release(token), on: plan(token.plan))
  }

  /// Ends the phase with its result, and goes on to the next one when the plan's automation says.
  ///
  /// Throws `documentTooLarge`.
  @discardableResult
  public func complete(_ token: LeaseToken, result: JSONValue = .null) throws -> Plan {
    try result.checked(field: "result")
    return try carryOut(.complete(token, result: result), on: plan(token.plan)) { plan in
      let automation = plan.definition.automation
      switch plan.status {
      case .strategizeComplete where automation.advanceToExecute: return .advance
      case .executeComplete where automation.advanceToApply && !plan.isFinal: return .advance
      default: return nil
      }
    }
  }

  /// Says that applying is not possible for a reason outside the plan.
  ///
  /// Goes back to strategize at once when the plan's automation says so and reverts are left.
  @discardableResult
  public func constrain(_ token: LeaseToken, reason: String) throws -> Plan {
    try Limits.checkText(reason, field: "reason", required: true)
    return try carryOut(.constrain(token, reason: reason), on: plan(token.plan)) { plan in
      plan.definition.automation.revertWhenConstrained
        && plan.progress.reversionCount < Limits.maxReverts ? .revert(reason: reason) : nil
    }
  }

  /// Ends the attempt; another one follows after a delay, while one is left and could help.
  @discardableResult
  public func fail(_ token: LeaseToken, _ failure: Failure) throws -> Plan {
    try carryOut(
      .fail(token, failure, jitter: surroundings.jitter()), on: plan(token.plan))
  }

  /// Takes expired leases away, at most `limit`; the plans since.
  @discardableResult
  public func reclaim(limit: Int) throws -> [Plan] {
    try session.expiredLeases(at: now, limit: limit).map { try carryOut(.reclaim, on: $0) }
  }

  private func leaseEnd(_ duration: Duration) throws -> Timestamp {
    guard duration > .zero else {
      throw PlanError.outOfRange(field: "leaseFor", reason: "must be longer than zero")
    }
    return now.adding(duration)
  }
}
