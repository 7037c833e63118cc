public import PlanDomain

// Each method has a form for closures that return nothing, because `Void` is not `Codable`.
extension TypedAction {
  /// Returns the action with code for the strategize phase, which determines what to do.
  ///
  /// ```swift
  /// let review = try TypedAction(
  ///   "local/review", taking: Note.self, description: "Review {text}", automation: .manual
  /// ).strategize { run in
  ///   ["read \(run.arguments.text)", "correct it"]  // the steps, for a person to approve
  /// }.execute { run in
  ///   "did \(run.previous.count) steps"
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure already.
  public func strategize<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.strategize, body)
  }

  /// Returns the action with code for the strategize phase that returns nothing.
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure already.
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
  /// ```swift
  /// let note = try TypedAction("local/note", taking: Note.self, description: "Note {text}")
  ///   .execute { run in "noted: \(run.arguments.text)" }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase or a
  ///   later one.
  public func execute<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.execute, body)
  }

  /// Returns the action with code for the execute phase that returns nothing.
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase or a
  ///   later one.
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
  /// It runs after an approval, unless the automation advances by itself. An outside reason for
  /// which the result cannot take effect is a `PhaseExit(.constrain(reason:))`, not an error.
  ///
  /// ```swift
  /// let publishing = try TypedAction(
  ///   "local/publish", taking: Release.self, description: "Publish {version}", automation: .review
  /// ).execute { run in
  ///   try await build(run.arguments.version)
  /// }.apply { run in
  ///   try await publish(run.previous)
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase, or is
  ///   read-only.
  public func apply<R: Codable & Sendable>(
    _ body: @escaping @Sendable (TypedAssignment<Arguments, Result>) async throws -> R
  ) throws(PlanError) -> TypedAction<Arguments, R> {
    try adding(.apply, body)
  }

  /// Returns the action with code for the apply phase that returns nothing.
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase, or is
  ///   read-only.
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
  /// and `then` runs with their outcomes; ``TypedAssignment/results(of:)`` returns their results by
  /// their action. Without children, `then` runs at once. Later attempts find the same children,
  /// until the plan is reverted.
  ///
  /// ```swift
  /// struct Shopping: Codable { let things: [String] }
  /// let shopping = try TypedAction(
  ///   "local/shopping", taking: Shopping.self, description: "Buy {things}"
  /// ).execute { run in
  ///   try run.arguments.things.map { try ChildSpec(note, arguments: Note(text: $0)) }
  /// } then: { run in
  ///   try run.results(of: note).joined(separator: "\n")
  /// }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase or a
  ///   later one.
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
  /// Runs as the form with a result does.
  ///
  /// - Throws: ``PlanError/Code/invalidPhase`` if the action has a closure for this phase or a
  ///   later one.
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
