public import PlanDomain

/// The commands of an operator.
extension PlanTransaction {
  /// Queues the next phase of a plan whose phase is complete, with an input for its handler.
  ///
  /// The input says what was decided, for example by an approval. Every attempt of the next phase
  /// receives it; without one, the input of the phase before is cleared. `by` names who gives the
  /// command, and `note` says why; the event records both, and of the input only its size. With
  /// `ifVersion`, the plan must still have the version that the caller saw.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   try transaction.advance(id, input: ["approved": true], by: "anna", note: "as discussed")
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if its phase is not complete, or its action is
  ///   read-only and it has executed; ``PlanError/Code/documentTooLarge`` or
  ///   ``PlanError/Code/invalidJSON`` if the input has more than 16 MiB or is nested more than 128
  ///   deep; ``PlanError/Code/invalidText`` or ``PlanError/Code/textTooLarge`` for `by` and `note`;
  ///   ``StorageError`` if the store fails.
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
  /// The failure stays in the plan's history. Checkpoint, input and the number of reverts stay. `by` names who gives the command, and `note` says why; the event records both.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.retry(id, by: "anna", note: "the disk is free") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is neither errored nor constrained;
  ///   ``PlanError/Code/parentNotWaiting`` for a child whose parent no longer waits for it;
  ///   ``PlanError/Code/invalidText`` or ``PlanError/Code/textTooLarge`` for `by` and `note`;
  ///   ``StorageError`` if the store fails.
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
  /// Clears the results of execute and apply, the checkpoint and the input. The next handler finds
  /// the reason in ``Assignment/lastRevert``. `by` names who gives the command, and `note` says
  /// more than the reason; the event records all three.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   try transaction.revert(id, reason: "the plan forgets the tests", by: "anna")
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is final, processing, waiting or
  ///   `strategize/queued`; ``PlanError/Code/revertLimitReached`` after three reverts;
  ///   ``PlanError/Code/parentNotWaiting`` for a child whose parent no longer waits for it;
  ///   ``PlanError/Code/invalidText`` or ``PlanError/Code/textTooLarge`` for `reason`, `by` and
  ///   `note`; ``StorageError`` if the store fails.
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
  /// Their handlers are cancelled, and nothing that they still write is accepted. Idempotent: a
  /// cancelled plan is returned unchanged. The events of the descendants record the reason, `by`
  /// and `note` as well. The cost grows with the number of descendants.
  ///
  /// ```swift
  /// try await system.plans.write { transaction in
  ///   try transaction.cancel(id, reason: "the order was withdrawn")
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is final in another way;
  ///   ``PlanError/Code/invalidText`` if `reason` or `by` is empty; ``PlanError/Code/textTooLarge``
  ///   if a text has more than 256 KiB; ``StorageError`` if the store fails.
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
  /// A plan that is ready is returned unchanged.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.expedite(id, by: "anna", note: "the service is back") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is not queued; ``PlanError/Code/awaitsSlot``
  ///   for a child that holds no slot of its parent or depends on a sibling;
  ///   ``PlanError/Code/invalidText`` or ``PlanError/Code/textTooLarge`` for `by` and `note`;
  ///   ``StorageError`` if the store fails.
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
  /// For a worker that does not return. The attempt fails with the retryable code `leaseEvicted`
  /// and the reason as its message; after the last attempt the plan is errored.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.evict(id, reason: "its machine is gone", by: "anna") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is not processing;
  ///   ``PlanError/Code/invalidText`` if `reason` or `by` is empty; ``PlanError/Code/textTooLarge``
  ///   if a text has more than 256 KiB; ``StorageError`` if the store fails.
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
