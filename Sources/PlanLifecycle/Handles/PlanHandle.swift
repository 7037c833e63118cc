public import PlanDomain

/// A plan to ask, to wait for and to cancel; `Output` is the type of its result.
///
/// A handle holds only the plan's id, so a new one can be made in another process, or after a
/// restart, with `system.plans.handle(for:of:)`, or with `handle(for:)` for a result as JSON.
/// Waiting blocks no thread and ends when the task is cancelled. Safe to use from any task.
///
///     let milk = try await system.plans.use(note, arguments: Note(text: "milk"))
///     print(try await milk.result())
public struct PlanHandle<Output: Sendable>: Sendable, Identifiable {
  /// The plan's id.
  public let id: Plan.ID
  let store: PlanLifecycleService
  /// Whether the plan is known to have been stored.
  let wasFound: Bool
  /// Returns the result of a plan that ended successfully.
  let output: @Sendable (Plan) throws -> Output

  /// Returns the plan; throws `planNotFound` or `StorageError`.
  public func plan() async throws -> Plan {
    try await store.read { [id] snapshot in try snapshot.plan(id) }
  }

  /// Returns the plan's status; throws `planNotFound` or `StorageError`.
  public func status() async throws -> PlanStatus { try await plan().status }

  /// Waits until the plan has ended, and returns the result of its last phase.
  ///
  /// Throws a `PlanError` when there is no result: `planCancelled`, `planErrored`,
  /// `planConstrained`, `planNotFound`, or `planPurged` when the plan was removed before its result
  /// was read; of a typed action also `notDecodable` with the path, and `noResult` for a plan of
  /// another action. With `approvalLimit`, throws `approvalOverdue` when the plan has waited for an
  /// operator's `advance` for so long, counted from the end of its phase. None of these changes the
  /// plan, and waiting again is possible.
  ///
  /// Throws `CancellationError` when the task is cancelled, and `StorageError`: `closed` when the
  /// store is closed. After a temporary failure and after a suspension of the store, waiting
  /// continues.
  public func result(approvalLimit: Duration? = nil) async throws -> Output {
    let outcomes = try await store.waiters.wait(
      for: [id], found: wasFound ? [id] : [], until: .end(approvalLimit: approvalLimit))
    return try output(of: outcomes[id])
  }

  /// The events of the plan, past and future, until it is final.
  public var events: PlanEvents { PlanEvents(plan: id, store: store, wasFound: wasFound) }

  /// Queues the next phase of the plan, whose phase is complete, without an input.
  ///
  /// Returns the plan. Throws as `PlanTransaction.advance` does.
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
  /// The input says what was decided; a typed handler reads it with `run.input(as:)`. An input that
  /// is null, such as an optional without a value, is none. Returns the plan. Throws `notEncodable`
  /// with the path of the value, as in `input.items[3].price`, and the errors of
  /// `PlanTransaction.advance`.
  ///
  ///     try await milk.advance(input: Approval(isGranted: true), by: "anna", note: "as discussed")
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
  /// Idempotent. Throws as `PlanTransaction.cancel` does.
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
