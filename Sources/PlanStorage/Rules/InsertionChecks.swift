public import PlanDomain

/// What a store looks up to decide whether a new plan may be inserted.
///
/// `refusal(of:)` asks in the order that the port demands, so that a plan that breaks several rules
/// is refused with the same error by every store.
public protocol InsertionChecks {
  /// Whether a plan of this id is stored.
  func isStored(_ id: Plan.ID) throws(StorageError) -> Bool

  /// Whether an action of this name is stored.
  func isStored(_ action: ActionName) throws(StorageError) -> Bool

  /// Whether a plan of this stored action has this idempotency key.
  func isUsed(_ key: Key, of action: ActionName) throws(StorageError) -> Bool

  /// Whether a child in the same round of the same, stored parent has this key or this index.
  func isTaken(_ position: ChildPosition) throws(StorageError) -> Bool
}

extension InsertionChecks {
  /// The error for which a new plan must not be inserted; nil when it may be.
  ///
  /// Throws what a lookup throws.
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
