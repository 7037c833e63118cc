public import PlanDomain

/// The lookups with which a store decides whether a new plan may be inserted.
///
/// ``refusal(of:)`` makes them in a fixed order, so that every store throws the same error for a
/// plan that violates several rules. All are made on the thread and in the unit of work that
/// inserts.
public protocol InsertionChecks {
  /// Whether a plan with this id is stored.
  ///
  /// - Throws: ``Planwright/StorageError`` if the store fails.
  func isStored(_ id: Plan.ID) throws(StorageError) -> Bool

  /// Whether an action with this name is stored.
  ///
  /// - Throws: ``Planwright/StorageError`` if the store fails.
  func isStored(_ action: ActionName) throws(StorageError) -> Bool

  /// Whether a plan of this action, which is stored, has this idempotency key.
  ///
  /// - Throws: ``Planwright/StorageError`` if the store fails.
  func isUsed(_ key: Key, of action: ActionName) throws(StorageError) -> Bool

  /// Whether a child in the same round of the same parent, which is stored, has this key or index.
  ///
  /// - Throws: ``Planwright/StorageError`` if the store fails.
  func isTaken(_ position: ChildPosition) throws(StorageError) -> Bool
}

extension InsertionChecks {
  /// Returns the error with which the insertion of this plan must fail, or nil when it is allowed.
  ///
  /// - Throws: What a lookup throws, as ``Planwright/StorageError``.
  @inlinable
  public func refusal(of plan: Plan) throws(StorageError) -> StorageError? {
    let definition = plan.definition
    let action = definition.action.name
    if try isStored(plan.id) { return .refused(plan, .duplicate, "the id is taken") }
    guard try isStored(action) else {
      return .refused(plan, .missingReference, "there is no action \(action)")
    }
    if let key = definition.idempotencyKey, try isUsed(key, of: action) {
      return .refused(plan, .duplicate, "the idempotency key is taken")
    }
    guard let position = definition.position else { return nil }
    guard try isStored(position.parent), try isStored(position.root) else {
      return .refused(plan, .missingReference, "its parent or its root is not stored")
    }
    if try isTaken(position) {
      return .refused(plan, .duplicate, "a sibling has its key or its position")
    }
    return nil
  }
}

extension StorageError {
  @usableFromInline
  static func refused(_ plan: Plan, _ code: Code, _ reason: String) -> StorageError {
    StorageError(code, operation: "inserting", subject: "plan \(plan.id)", reason: reason)
  }
}
