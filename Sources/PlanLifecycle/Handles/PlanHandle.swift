public import PlanDomain

/// A plan to ask, to wait for and to cancel; `Output` is the type of its result.
///
/// A handle holds only the plan's id, so a new one can be made in another process, or after a
/// restart, with `system.plans.handle(for:)`. Waiting blocks no thread and ends when the task is
/// cancelled. Safe to use from any task.
///
///     let note = try await system.plans.use("local/note", arguments: ["text": "milk"])
///     print(try await note.result())
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
  /// was read. With `approvalLimit`, throws `approvalOverdue` when the plan has waited for an
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

  /// Cancels the plan and all its descendants; returns the cancelled plan.
  ///
  /// Idempotent. Throws as `PlanTransaction.cancel` does.
  @discardableResult
  public func cancel(reason: String) async throws -> Plan {
    try await store.write { [id] transaction in try transaction.cancel(id, reason: reason) }
  }

  /// Returns a handle whose result `output` takes from the plan once it has ended successfully.
  package func reading<Other: Sendable>(
    _ output: @escaping @Sendable (Plan) throws -> Other
  ) -> PlanHandle<Other> {
    PlanHandle<Other>(id: id, store: store, wasFound: wasFound, output: output)
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
