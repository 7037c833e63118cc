public import PlanDomain

/// What an operator asks for; each may name the version that it saw, and throws
/// `versionConflict` when the plan has changed since.
extension PlanTransaction {
  /// Goes on to the next phase.
  @discardableResult
  public func advance(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.advance, on: try seen(id, version)) }
  }

  /// Takes an errored or constrained phase up again, with all its attempts.
  ///
  /// Throws `parentNotWaiting` for a child whose parent has gone on.
  @discardableResult
  public func retry(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.retry, on: try awaited(try seen(id, version), .retry)) }
  }

  /// Goes back to strategize, at most three times in a plan's life.
  ///
  /// Throws `revertLimitReached`, or `parentNotWaiting` for a child whose parent has gone on.
  @discardableResult
  public func revert(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let revert = PlanCommand.revert(reason: reason)
      return try carryOut(revert, on: try awaited(try seen(id, version), revert))
    }
  }

  /// Calls a plan and all its descendants off, and fences their workers off.
  ///
  /// A plan that is cancelled already stays as it is.
  @discardableResult
  public func cancel(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let plan = try seen(id, version)
      if plan.status.state == .cancelled { return plan }
      let cancelled = try cancelTree(plan, reason: reason)
      if !plan.hasEnded { try noteChange(of: cancelled, before: plan) }
      return cancelled
    }
  }

  /// Makes a queued plan ready now, as for "retry now" while it waits out a delay.
  ///
  /// A plan that is due already stays as it is. Throws `awaitsSlot` for a child that has no slot of
  /// its parent yet.
  @discardableResult
  public func expedite(_ id: Plan.ID, ifVersion version: Int? = nil) throws -> Plan {
    try command { try carryOut(.expedite, on: try seen(id, version)) }
  }

  /// Takes a plan's lease away, expired or not, and fences its worker off.
  ///
  /// The attempt fails with the code `leaseEvicted`, which is retryable, and the reason as its
  /// message; on the last attempt the plan is errored.
  @discardableResult
  public func evict(
    _ id: Plan.ID, reason: String, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      return try carryOut(.evict(reason: reason), on: try seen(id, version))
    }
  }

  private func seen(_ id: Plan.ID, _ version: Int?) throws -> Plan {
    let plan = try plan(id)
    if let version, plan.version != version {
      throw PlanError.versionConflict(id, expected: version, found: plan.version)
    }
    return plan
  }

  /// The plan, if the command exists for it and its parent, when it has one, still waits for it.
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
