public import PlanDomain

extension PlanLifecycleService {
  /// Creates a plan of a typed action in a unit of work of its own, and returns its handle.
  ///
  /// If the idempotency key was used before with the same arguments, the handle is that of the
  /// existing plan. To create plans together with other changes, call `write` and make handles with
  /// ``handle(for:of:)``. Returns when the plan is stored; a worker executes it.
  ///
  /// ```swift
  /// let build = try await system.plans.use(
  ///   release, arguments: Release(version: "1.2"), labels: ["by": "nightly"])
  /// let archive = try await build.result()
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `arguments.items[3].price`; the errors of ``PlanTransaction/findOrUse(_:)``:
  ///   ``PlanError/Code/actionNotFound`` if the action is not registered,
  ///   ``PlanError/Code/actionArchived``, ``PlanError/Code/idempotencyConflict``, the error of an
  ///   invalid argument or text, and ``StorageError``; `CancellationError` as `write` does.
  public func use<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String] = [:],
    notBefore: Timestamp? = nil, createdBy: String? = nil
  ) async throws -> PlanHandle<Result> {
    let request = try PlanUse(
      action, arguments: arguments, projects: projects, automation: automation,
      idempotencyKey: idempotencyKey, labels: labels, context: context, notBefore: notBefore,
      createdBy: createdBy)
    return handle(for: try await use(request).id, of: action, wasFound: true)
  }

  /// Creates a plan of a typed action that takes no arguments, and returns its handle.
  ///
  /// For labels and the like, use it with `arguments: NoValue()`.
  ///
  /// - Throws: The errors of ``PlanTransaction/findOrUse(_:)``: ``PlanError/Code/actionNotFound``
  ///   if the action is not registered, ``PlanError/Code/actionArchived``, and ``StorageError``;
  ///   `CancellationError` as `write` does.
  public func use<Result>(
    _ action: TypedAction<NoValue, Result>
  ) async throws -> PlanHandle<Result> {
    try await use(action, arguments: NoValue())
  }

  /// Returns a handle for a plan of a typed action, for example after a restart of the process.
  ///
  /// Reads nothing: the handle's methods throw ``PlanError/Code/planNotFound`` if the plan is not
  /// stored, and its `result` throws ``PlanError/Code/noResult`` if the plan is one of another
  /// action.
  ///
  /// ```swift
  /// let archive = try await system.plans.handle(for: id, of: release).result()
  /// ```
  public func handle<Arguments, Result>(
    for id: Plan.ID, of action: TypedAction<Arguments, Result>
  ) -> PlanHandle<Result> {
    handle(for: id, of: action, wasFound: false)
  }

  private func handle<Arguments, Result>(
    for id: Plan.ID, of action: TypedAction<Arguments, Result>, wasFound: Bool
  ) -> PlanHandle<Result> {
    PlanHandle(id: id, store: self, wasFound: wasFound) { plan in try action.result(of: plan) }
  }
}
