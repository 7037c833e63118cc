import PlanDomain

extension TypedAssignment {
  /// Ends the phase with work that is committed together with its completion; never returns.
  ///
  /// The body runs in the unit of work that completes the phase, and only while the lease is valid.
  /// It can use, cancel and read other plans; all of this and the completion are committed together
  /// or not at all. Its value is the result of the phase. The body may run again after the store
  /// failed, so it must have no other effects. An error that it throws fails the attempt.
  ///
  /// Throws the `PhaseExit` that ends the phase, so it must not be caught. The type of the value
  /// tells the compiler the result of the phase.
  ///
  ///     let charge = try await charge(run.arguments)
  ///     return try run.complete { transaction in
  ///       try transaction.use(invoice, arguments: Invoice(charge))
  ///       return charge.id
  ///     }
  public func complete<R: Codable & Sendable>(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> R
  ) throws -> R {
    throw PhaseExit(
      .complete { transaction in
        try JSONValue(encoding: try body(transaction), field: "result")
      })
  }

  /// Ends the phase with work that is committed together with its completion, without a result.
  ///
  /// Runs and throws as the form with a result does.
  public func complete(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void
  ) throws {
    throw PhaseExit(
      .complete { transaction in
        try body(transaction)
        return .null
      })
  }
}
