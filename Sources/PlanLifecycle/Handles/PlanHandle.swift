public import PlanDomain

/// A plan to ask, to wait for and to cancel; `Output` is the type of its result.
///
/// A handle holds only the plan's id, so a new one can be made in another process, or after a
/// restart, with `system.plans.handle(for:of:)`, or with `handle(for:)` for a result as JSON.
/// Waiting blocks no thread and ends when the task is cancelled; the plan goes on then. Safe to use
/// from any task.
///
/// ```swift
/// let milk = try await system.plans.use(note, arguments: Note(text: "milk"))
/// print(try await milk.result())
/// ```
public struct PlanHandle<Output: Sendable>: Sendable, Identifiable {
  /// The plan's id.
  public let id: Plan.ID
  let store: PlanLifecycleService
  /// Whether the plan is known to have been stored.
  let wasFound: Bool
  /// Returns the result of a plan that ended successfully.
  let output: @Sendable (Plan) throws -> Output

  /// Returns the plan as it is now.
  ///
  /// ```swift
  /// let plan = try await milk.plan()
  /// print(plan.progress.report ?? "no report yet")
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan is not stored, as after a purge;
  ///   `CancellationError` if the task is cancelled while the call waits for the end of a
  ///   suspension; ``StorageError`` if the store fails.
  public func plan() async throws -> Plan {
    try await store.read { [id] snapshot in try snapshot.plan(id) }
  }

  /// Returns the plan's status as it is now.
  ///
  /// ```swift
  /// if try await milk.status() == .strategizeComplete { print("waits for an approval") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan is not stored, as after a purge;
  ///   `CancellationError` if the task is cancelled while the call waits for the end of a
  ///   suspension; ``StorageError`` if the store fails.
  public func status() async throws -> PlanStatus { try await plan().status }

  /// Waits until the plan has ended, and returns the result of its last phase.
  ///
  /// Needs a worker that executes the plan, in this process or in another one. After a temporary
  /// failure and after a suspension of the store, waiting continues. With `approvalLimit`, it ends
  /// when the plan has waited for an operator's `advance` for so long, counted from the end of its
  /// phase. No error changes the plan, and waiting again is possible.
  ///
  /// ```swift
  /// do {
  ///   print(try await milk.result(approvalLimit: .seconds(3600)))
  /// } catch PlanError.Code.planErrored {
  ///   print(try await milk.plan().progress.failure?.message ?? "")
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planCancelled``, ``PlanError/Code/planErrored`` or
  ///   ``PlanError/Code/planConstrained`` if the plan ended so, and has no result;
  ///   ``PlanError/Code/approvalOverdue`` after `approvalLimit`; ``PlanError/Code/planNotFound`` if
  ///   the plan is not stored; ``PlanError/Code/planPurged`` if it was removed before its result
  ///   was read; of a typed action also ``PlanError/Code/notDecodable`` with the path if the result
  ///   has another form, and ``PlanError/Code/noResult`` for a plan of another action;
  ///   `CancellationError` if the task is cancelled; ``StorageError`` if the store fails for good,
  ///   ``StorageError/Code/closed`` when it is closed.
  public func result(approvalLimit: Duration? = nil) async throws -> Output {
    let outcomes = try await store.waiters.wait(
      for: [id], found: wasFound ? [id] : [], until: .end(approvalLimit: approvalLimit))
    return try output(of: outcomes[id])
  }

  /// The events of the plan, past and future, until it is final.
  ///
  /// ```swift
  /// for try await event in milk.events {
  ///   print(event.sequence, event.command, event.to)
  /// }
  /// ```
  public var events: PlanEvents { PlanEvents(plan: id, store: store, wasFound: wasFound) }

  /// Queues the next phase of the plan, whose phase is complete, without an input.
  ///
  /// Returns the plan. `by` names who approves, and `note` says why; the event records both. With
  /// `ifVersion`, the plan must still have the version that the caller saw.
  ///
  /// ```swift
  /// let plan = try await milk.plan()
  /// try await milk.advance(by: "anna", ifVersion: plan.version)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan is not stored;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if its phase is not complete, or its action is
  ///   read-only and it has executed; ``PlanError/Code/invalidText`` or
  ///   ``PlanError/Code/textTooLarge`` for `by` and `note`; `CancellationError` as `write` does;
  ///   ``StorageError`` if the store fails.
  @discardableResult
  public func advance(
    by: String? = nil, note: String? = nil, ifVersion version: Int? = nil
  ) async throws -> Plan {
    try await store.write { [id] transaction in
      try transaction.advance(id, by: by, note: note, ifVersion: version)
    }
  }

  /// Queues the next phase of the plan, whose phase is complete, with an input for its handler.
  ///
  /// The input says what was decided; a typed handler reads it with ``TypedAssignment/input(as:)``.
  /// An input that is null, such as an optional without a value, is none. Returns the plan.
  ///
  /// ```swift
  /// struct Approval: Codable { let isGranted: Bool }
  /// try await milk.advance(input: Approval(isGranted: true), by: "anna", note: "as discussed")
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `input.items[3].price`; ``PlanError/Code/planNotFound`` if the plan is not stored;
  ///   ``PlanError/Code/versionConflict`` if its version is not `ifVersion`;
  ///   ``PlanError/Code/transitionNotAllowed`` if its phase is not complete, or its action is
  ///   read-only and it has executed; ``PlanError/Code/documentTooLarge`` if the input has more
  ///   than 16 MiB; ``PlanError/Code/invalidText`` or ``PlanError/Code/textTooLarge`` for `by` and
  ///   `note`; `CancellationError` as `write` does; ``StorageError`` if the store fails.
  @discardableResult
  public func advance(
    input: some Encodable & Sendable, by: String? = nil, note: String? = nil,
    ifVersion version: Int? = nil
  ) async throws -> Plan {
    let encoded = try JSONValue(encoding: input, field: "input")
    let document = encoded == .null ? JSONValue?.none : encoded
    return try await store.write { [id] transaction in
      try transaction.advance(id, input: document, by: by, note: note, ifVersion: version)
    }
  }

  /// Cancels the plan and all its descendants; returns the cancelled plan.
  ///
  /// `by` names who cancels, and `note` says more than the reason; the events record both.
  /// Idempotent.
  ///
  /// ```swift
  /// try await milk.cancel(reason: "there is milk", by: "anna")
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if the plan is not stored;
  ///   ``PlanError/Code/transitionNotAllowed`` if it is final in another way;
  ///   ``PlanError/Code/invalidText`` if `reason` or `by` is empty; ``PlanError/Code/textTooLarge``
  ///   if a text has more than 256 KiB; `CancellationError` as `write` does; ``StorageError`` if
  ///   the store fails.
  @discardableResult
  public func cancel(
    reason: String, by: String? = nil, note: String? = nil
  ) async throws -> Plan {
    try await store.write { [id] transaction in
      try transaction.cancel(id, reason: reason, by: by, note: note)
    }
  }

  /// Returns the result for the outcome of waiting for the end; throws why there is none.
  func output(of outcome: Result<Plan, PlanError>?) throws -> Output {
    guard let outcome else { throw PlanError.planNotFound(id) }
    let plan = try outcome.get()
    try plan.checkSuccess()
    return try output(plan)
  }
}

extension Plan {
  /// Throws why a plan that has ended has no result.
  package func checkSuccess() throws(PlanError) {
    if hasSucceeded { return }
    switch status.state {
    case .cancelled: throw .planCancelled(id, status: status)
    case .constrained: throw .planConstrained(id)
    default: throw .planErrored(id, status: status, failure: progress.failure?.code)
    }
  }
}
