public import PlanDomain

extension PlanLifecycleService {
  /// Creates a plan in a unit of work of its own, and returns its handle.
  ///
  /// If the idempotency key of the use was used before with the same arguments, the handle is that
  /// of the existing plan. Throws as `PlanTransaction.findOrUse` does. To create plans together
  /// with other changes, call `write` and make handles of their ids.
  public func use(_ use: PlanUse) async throws -> PlanHandle<JSONValue> {
    let plan = try await write { transaction in try transaction.use(use) }
    return handle(for: plan.id, wasFound: true)
  }

  /// Creates a plan from the action with this name, as in `local/release`, and returns its handle.
  ///
  /// Throws as `PlanTransaction.findOrUse` does.
  ///
  ///     let release = try await system.plans.use("local/release", arguments: ["version": "2.1"])
  ///     let notes = try await release.result()
  public func use(
    _ action: String, arguments: JSONObject = [:]
  ) async throws -> PlanHandle<JSONValue> {
    try await use(PlanUse(action: try ActionName(action), arguments: arguments))
  }

  /// Returns a handle for the plan with this id, whose result is a JSON document.
  ///
  /// `handle(for:of:)` returns one with the type of the action's result.
  /// Reads nothing: the handle's methods throw `planNotFound` if the plan is not stored.
  public func handle(for id: Plan.ID) -> PlanHandle<JSONValue> {
    handle(for: id, wasFound: false)
  }

  private func handle(for id: Plan.ID, wasFound: Bool) -> PlanHandle<JSONValue> {
    PlanHandle(id: id, store: self, wasFound: wasFound) { plan in
      plan.progress.result(of: plan.status.phase) ?? .null
    }
  }
}
