public import PlanDomain

/// The commands of an operator.
///
/// With `ifVersion`, each throws `versionConflict` if the plan's version is another one. `by` names
/// who gives the command, and `note` says why; both are recorded in its event. All throw
/// `planNotFound`, `transitionNotAllowed` in a status that does not allow the command, and
/// `textTooLarge` or `invalidText` for `by` and `note`.
extension PlanTransaction {
  /// Queues the next phase of a plan whose phase is complete, with an input for its handler.
  ///
  /// The input says what was decided, for example by an approval. Every attempt of the next phase
  /// receives it; without one, the input of the phase before is cleared. The event records its size
  /// only. Throws `documentTooLarge`.
  ///
  ///     try await system.plans.write { transaction in
  ///       try transaction.advance(id, input: ["approved": true], by: "anna", note: "as discussed")
  ///     }
  @discardableResult
  public func advance(
    _ id: Plan.ID, input: JSONValue? = nil, by: String? = nil, note: String? = nil,
    ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try input?.checked(field: "input")
      let origin = try CommandOrigin(by: by, note: note)
      return try carryOut(
        .advance(input: input), on: try plan(id, ifVersion: version), origin: origin)
    }
  }

  /// Queues an errored or constrained phase again, with all its attempts.
  ///
  /// Throws `parentNotWaiting` for a child whose parent no longer waits for it.
  @discardableResult
  public func retry(
    _ id: Plan.ID, by: String? = nil, note: String? = nil, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      let origin = try CommandOrigin(by: by, note: note)
      let plan = try awaited(try plan(id, ifVersion: version), .retry)
      return try carryOut(.retry, on: plan, origin: origin)
    }
  }

  /// Returns a plan to the strategize phase, at most three times for each plan.
  ///
  /// Throws `revertLimitReached`, or `parentNotWaiting` for a child whose parent no longer waits
  /// for it.
  @discardableResult
  public func revert(
    _ id: Plan.ID, reason: String, by: String? = nil, note: String? = nil,
    ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let origin = try CommandOrigin(by: by, note: note)
      let revert = PlanCommand.revert(reason: reason)
      let plan = try awaited(try plan(id, ifVersion: version), revert)
      return try carryOut(revert, on: plan, origin: origin)
    }
  }

  /// Cancels a plan and all its descendants, and fences off their workers.
  ///
  /// Idempotent: a cancelled plan is returned unchanged. The events of the descendants record the
  /// reason, `by` and `note` as well.
  ///
  ///     try await system.plans.write { transaction in
  ///       try transaction.cancel(id, reason: "the order was withdrawn")
  ///     }
  @discardableResult
  public func cancel(
    _ id: Plan.ID, reason: String, by: String? = nil, note: String? = nil,
    ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let origin = try CommandOrigin(by: by, note: note)
      let plan = try plan(id, ifVersion: version)
      if plan.status.state == .cancelled { return plan }
      let cancelled = try cancelTree(plan, reason: reason, origin: origin)
      if !plan.hasEnded { try noteChange(of: cancelled, before: plan) }
      return cancelled
    }
  }

  /// Makes a queued plan ready now, for example one that waits for its retry delay.
  ///
  /// A plan that is ready is returned unchanged. Throws `awaitsSlot` for a child without a slot.
  @discardableResult
  public func expedite(
    _ id: Plan.ID, by: String? = nil, note: String? = nil, ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      let origin = try CommandOrigin(by: by, note: note)
      return try carryOut(.expedite, on: try plan(id, ifVersion: version), origin: origin)
    }
  }

  /// Takes a plan's lease away, expired or not, and fences off its worker.
  ///
  /// The attempt fails with the retryable code `leaseEvicted` and the reason as its message; after
  /// the last attempt the plan is errored.
  @discardableResult
  public func evict(
    _ id: Plan.ID, reason: String, by: String? = nil, note: String? = nil,
    ifVersion version: Int? = nil
  ) throws -> Plan {
    try command {
      try PlanLimits.checkText(reason, field: "reason", required: true)
      let origin = try CommandOrigin(by: by, note: note)
      let plan = try plan(id, ifVersion: version)
      return try carryOut(.evict(reason: reason), on: plan, origin: origin)
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
