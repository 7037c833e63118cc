public import PlanDomain

extension PlanLifecycleService {
  /// Creates a plan in a unit of work of its own, and returns its handle.
  ///
  /// If the idempotency key of the use was used before with the same arguments, the handle is that
  /// of the existing plan. To create plans together with other changes, call `write` and make
  /// handles of their ids.
  ///
  /// ```swift
  /// let order = try await system.plans.use(
  ///   PlanUse(action: "shop/order", arguments: ["order": 17], idempotencyKey: "order-17"))
  /// ```
  ///
  /// - Throws: The errors of ``PlanTransaction/findOrUse(_:)``: ``PlanError/Code/actionNotFound``,
  ///   ``PlanError/Code/actionArchived``, ``PlanError/Code/idempotencyConflict``, the error of an
  ///   invalid argument or text, and ``StorageError``; `CancellationError` as `write` does.
  public func use(_ use: PlanUse) async throws -> PlanHandle<JSONValue> {
    let plan = try await write { transaction in try transaction.use(use) }
    return handle(for: plan.id, wasFound: true)
  }

  /// Creates a plan from the action with this name, as in `local/release`, and returns its handle.
  ///
  /// ```swift
  /// let release = try await system.plans.use("local/release", arguments: ["version": "2.1"])
  /// let notes = try await release.result()
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidActionName`` if the text is not the name of an action;
  ///   otherwise the errors of ``PlanTransaction/findOrUse(_:)``:
  ///   ``PlanError/Code/actionNotFound``, ``PlanError/Code/actionArchived``, the error of an
  ///   invalid argument, and ``StorageError``; `CancellationError` as `write` does.
  public func use(
    _ action: String, arguments: JSONObject = [:]
  ) async throws -> PlanHandle<JSONValue> {
    try await use(PlanUse(action: try ActionName(action), arguments: arguments))
  }

  /// Returns a handle for the plan with this id, whose result is a JSON document.
  ///
  /// `handle(for:of:)` returns one with the type of the action's result. Reads nothing: the
  /// handle's methods throw ``PlanError/Code/planNotFound`` if the plan is not stored.
  ///
  /// ```swift
  /// let document = try await system.plans.handle(for: id).result()
  /// ```
  public func handle(for id: Plan.ID) -> PlanHandle<JSONValue> {
    handle(for: id, wasFound: false)
  }

  private func handle(for id: Plan.ID, wasFound: Bool) -> PlanHandle<JSONValue> {
    PlanHandle(id: id, store: self, wasFound: wasFound) { plan in
      plan.progress.result(of: plan.status.phase) ?? .null
    }
  }
}
