import PlanDomain

extension TypedAssignment {
  /// Ends the phase with work that is committed together with its completion; never returns.
  ///
  /// The body runs in the unit of work that completes the phase, and only while the lease is valid.
  /// It can use, cancel and read other plans; all of this and the completion are committed together
  /// or not at all. Its value is the result of the phase. The body may run again after the store
  /// failed, so it must have no other effects. An error that it throws fails the attempt, and a
  /// value that is not of the phase's type fails the phase for good. The type of the value tells
  /// the compiler the result of the phase.
  ///
  /// ```swift
  /// let order = try TypedAction(
  ///   "shop/order", taking: Release.self, description: "Order {version}"
  /// ).execute { run in
  ///   let archive = try await build(run.arguments.version)
  ///   return try run.complete { transaction in
  ///     try transaction.use(note, arguments: Note(text: "ordered \(archive)"))
  ///     return archive
  ///   }
  /// }
  /// ```
  ///
  /// - Throws: The ``PhaseExit`` that ends the phase, always: do not catch it.
  public func complete<R: Codable & Sendable>(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> R
  ) throws -> R {
    throw PhaseExit(
      .completeWith(
        HandlerOutcome.Completion(resultType: ObjectIdentifier(R.self)) { transaction in
          let value = try body(transaction)
          return try .result(value)
        }))
  }

  /// Ends the phase with work that is committed together with its completion, without a result.
  ///
  /// Runs as the form with a result does; for a phase whose closure returns nothing.
  ///
  /// - Throws: The ``PhaseExit`` that ends the phase, always: do not catch it.
  public func complete(
    _ body: @escaping @Sendable (borrowing PlanTransaction) throws -> Void
  ) throws {
    throw PhaseExit(
      .completeWith(
        HandlerOutcome.Completion(resultType: ObjectIdentifier(NoValue.self)) { transaction in
          try body(transaction)
          return .null
        }))
  }
}

extension JSONValue {
  /// The document of a result; throws `DocumentRefusal` for one that cannot be encoded.
  fileprivate static func result(_ value: some Encodable) throws -> JSONValue {
    do { return try JSONValue(encoding: value, field: "result") } catch let error as PlanError {
      throw DocumentRefusal(error: error)
    }
  }
}

extension HandlerOutcome.Completion {
  /// Returns a completion that refuses a result of another type, and for good an error of one of
  /// these documents.
  func checked<R: Decodable & Sendable>(
    _ type: R.Type, _ documents: StoredDocuments
  ) -> HandlerOutcome.Completion {
    let hasType = resultType == ObjectIdentifier(type)
    return HandlerOutcome.Completion(resultType: ObjectIdentifier(type)) { [body] transaction in
      let result: JSONValue
      do { result = try body(transaction) } catch let error as PlanError
        where documents.refused(error)
      { throw DocumentRefusal(error: error) }
      if hasType { return result }
      do { _ = try result.decoded(as: type, field: "result") } catch let error as PlanError {
        throw DocumentRefusal(error: error)
      }
      return result
    }
  }
}
