public import PlanDomain

/// The commands of an operator.
///
/// With `ifVersion`, each throws `versionConflict` if the plan's version is another one. All throw
/// `planNotFound`, and `transitionNotAllowed` in a status that does not allow the command.
extension PlanTransaction {
  /// Queues the next phase of a plan whose phase is complete.
  @discardableResult
  public func advance(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.advance, on: try plan(id, ifVersion: version)) }
  }

  /// Queues an errored or constrained phase again, with all its attempts.
  ///
  /// Throws `parentNotWaiting` for a child whose parent no longer waits for it.
  @discardableResult
  public func retry(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.retry, on: try awaited(try plan(id, ifVersion: version), .retry)) }
  }

  /// Returns a plan to the strategize phase, at most three times for each plan.
  ///
  /// Throws `revertLimitReached`, or `parentNotWaiting` for a child whose parent no longer waits
  /// for it.
  @discardableResult
  public func revert(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let revert = PlanCommand.revert(reason: reason)
      return try carryOut(revert, on: try awaited(try plan(id, ifVersion: version), revert))
    }
  }

  /// Cancels a plan and all its descendants, and fences off their workers.
  ///
  /// Idempotent: a cancelled plan is returned unchanged.
  ///
  ///     try await system.plans.write { transaction in
  ///       try transaction.cancel(id, reason: "the order was withdrawn")
  ///     }
  @discardableResult
  public func cancel(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let plan = try plan(id, ifVersion: version)
      if plan.status.state == .cancelled { return plan }
      let cancelled = try cancelTree(plan, reason: reason)
      if !plan.hasEnded { try noteChange(of: cancelled, before: plan) }
      return cancelled
    }
  }

  /// Makes a queued plan ready now, for example one that waits for its retry delay.
  ///
  /// A plan that is ready is returned unchanged. Throws `awaitsSlot` for a child without a slot.
  @discardableResult
  public func expedite(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.expedite, on: try plan(id, ifVersion: version)) }
  }

  /// Takes a plan's lease away, expired or not, and fences off its worker.
  ///
  /// The attempt fails with the retryable code `leaseEvicted` and the reason as its message; after
  /// the last attempt the plan is errored.
  @discardableResult
  public func evict(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      return try carryOut(.evict(reason: reason), on: try plan(id, ifVersion: version))
    }
  }

  private func plan(_ id: Plan.ID, ifVersion version: Int?) throws -> Plan {
    let plan = try plan(id)
    if let version, plan.version != version {
      throw PlanError.versionConflict(id, expected: version, found: plan.version)
    }
    return plan
  }

  /// Checks that the command is allowed and that the parent, if any, waits for the plan; returns
  /// the plan.
  private func awaited(_ plan: Plan, _ command: PlanCommand) throws -> Plan {
    guard let position = plan.definition.position else { return plan }
    _ = try plan.applying(command, at: now)
    let parent = try self.plan(position.parent)
    guard parent.status == .executeWaiting, parent.progress.round?.number == position.round else {
      throw PlanError.parentNotWaiting(plan.id, parent: position.parent)
    }
    return plan
  }
}
