public import PlanDomain

extension PlanTransaction {
  /// Stores a typed action when a program starts: creates it, or updates it if its definition
  /// changed.
  ///
  /// `PlanSystem.register` does so for several actions.
  ///
  /// ```swift
  /// try await system.plans.write { try $0.register(note) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionArchived`` if the action is archived and its definition is
  ///   another one; ``StorageError`` if the store fails.
  @discardableResult
  public func register(_ action: some ExecutableAction) throws -> Action {
    try register(action.definition)
  }

  /// Creates a plan of a typed action; checks everything before the first write.
  ///
  /// If the idempotency key was used before with the same arguments, returns the existing plan;
  /// ``findOrUse(_:)`` of a `PlanUse` of the action also reports which case it is.
  ///
  /// ```swift
  /// let ids = try await system.plans.write { transaction in
  ///   try ["1.2", "1.3"].map { version in
  ///     try transaction.use(release, arguments: Release(version: version)).id
  ///   }
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/notEncodable`` with the path of the value, as in
  ///   `arguments.items[3].price`; the errors of ``findOrUse(_:)``:
  ///   ``PlanError/Code/actionNotFound`` if the action is not registered,
  ///   ``PlanError/Code/actionArchived``, ``PlanError/Code/idempotencyConflict``, the error of an
  ///   invalid argument or text, and ``StorageError``.
  @discardableResult
  public func use<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, arguments: Arguments, projects: [ProjectUse] = [],
    automation: Automation? = nil, idempotencyKey: Key? = nil,
    labels: [Key: Plan.Label.Value] = [:], context: [String: String] = [:],
    notBefore: Timestamp? = nil, createdBy: String? = nil
  ) throws -> Plan {
    try use(
      PlanUse(
        action, arguments: arguments, projects: projects, automation: automation,
        idempotencyKey: idempotencyKey, labels: labels, context: context, notBefore: notBefore,
        createdBy: createdBy))
  }

  /// Creates a plan of a typed action that takes no arguments.
  ///
  /// For labels and the like, use it with `arguments: NoValue()`.
  ///
  /// - Throws: The errors of ``findOrUse(_:)``: ``PlanError/Code/actionNotFound`` if the action is
  ///   not registered, ``PlanError/Code/actionArchived``, and ``StorageError``.
  @discardableResult
  public func use<Result>(_ action: TypedAction<NoValue, Result>) throws -> Plan {
    try use(PlanUse(action, arguments: NoValue()))
  }
}
