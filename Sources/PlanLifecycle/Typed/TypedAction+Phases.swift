public import PlanDomain

// Each method has a form for closures that return nothing, because `Void` is not `Codable`.
extension TypedAction {
  /// Returns the action with code for the strategize phase, which determines what to do.
  ///
  /// Throws `invalidPhase` when the action has a closure already.
  public func strategize<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.strategize, body)
  }

  /// Returns the action with code for the strategize phase that returns nothing.
  ///
  /// Throws `invalidPhase` when the action has a closure already.
  public func strategize(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> Void
  ) throws(PlanError) -> TypedAction<Arguments, NoValue> {
    try adding(.strategize) { assignment in
      try await body(assignment)
      return NoValue()
    }
  }

  /// Returns the action with code for the execute phase, which does the work.
  ///
  /// Throws `invalidPhase` when the action has a closure for this phase or a later one.
  public func execute<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.execute, body)
  }

  /// Returns the action with code for the execute phase that returns nothing.
  ///
  /// Throws `invalidPhase` when the action has a closure for this phase or a later one.
  public func execute(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> Void
  ) throws(PlanError) -> TypedAction<Arguments, NoValue> {
    try adding(.execute) { assignment in
      try await body(assignment)
      return NoValue()
    }
  }

  /// Returns the action with code for the apply phase, which makes the result take effect.
  ///
  /// Throws `invalidPhase` when the action has a closure for this phase, or is read-only.
  public func apply<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.apply, body)
  }

  /// Returns the action with code for the apply phase that returns nothing.
  ///
  /// Throws `invalidPhase` when the action has a closure for this phase, or is read-only.
  public func apply(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> Void
  ) throws(PlanError) -> TypedAction<Arguments, NoValue> {
    try adding(.apply) { assignment in
      try await body(assignment)
      return NoValue()
    }
  }
}

// An execute phase with children.
extension TypedAction {
  /// Returns the action with an execute phase that spawns child plans and then uses their results.
  ///
  /// `children` runs first. The plan then waits, without a worker, until all children have ended,
  /// and `then` runs with their outcomes; `results(of:)` returns their results by their action.
  /// Without children, `then` runs at once. Later attempts find the same children, until the plan
  /// is reverted. Throws `invalidPhase` when the action has a closure for this phase or a later
  /// one.
  ///
  ///     let manifest = try TypedAction(
  ///       "local/manifest", taking: Folder.self, description: "List {path}"
  ///     ).execute { run in
  ///       try batches(run.arguments).map { try ChildSpec(checksum, arguments: $0) }
  ///     } then: { run in
  ///       try run.results(of: checksum).joined(separator: "\n")
  ///     }
  public func execute<R: Codable & Sendable>(
    schedule: ChildSchedule = .standard,
    children: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> [ChildSpec],
    then body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.execute) { assignment in
      if assignment.children.isEmpty {
        let specs = try await children(assignment)
        if !specs.isEmpty { throw PhaseExit(.spawn(specs, schedule)) }
      }
      return try await body(assignment)
    }
  }

  /// Returns the action with an execute phase that spawns child plans and returns nothing.
  ///
  /// Runs and throws as the form with a result does.
  public func execute(
    schedule: ChildSchedule = .standard,
    children: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> [ChildSpec],
    then body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> Void
  ) throws(PlanError) -> TypedAction<Arguments, NoValue> {
    try execute(schedule: schedule, children: children) { assignment in
      try await body(assignment)
      return NoValue()
    }
  }
}
