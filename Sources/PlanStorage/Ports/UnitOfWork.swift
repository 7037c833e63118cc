public import PlanDomain

/// One consistent, read-only view of a store.
///
/// Valid only inside the closure it is handed to, and on that thread; used later, every method
/// throws `sessionEnded`.
public protocol ReadSession: PlanReading, ActionReading, EventReading {}

/// Everything that happens in one unit of work happens, or none of it does.
///
/// Reads inside of it see its own writes. It ends with the closure: no method commits or rolls
/// back by itself. A method that throws has written nothing, and the body may go on.
public protocol UnitOfWork: ReadSession, PlanRepository, ActionRepository, EventLog {}

/// Writes of plans.
public protocol PlanRepository {
  /// Stores a new plan.
  ///
  /// Throws `duplicate` when the id, the idempotency key of the action, or the key or index in
  /// the parent's round is taken, and `missingReference` when the action, the parent or the root
  /// is not stored.
  func insert(_ plan: Plan) throws(StorageError)

  /// Writes the changing part of a stored plan, and nothing else.
  ///
  /// `before` is the plan as it was read; an adapter may leave alone what is the same in both. Throws `staleWrite` when the stored version or epoch is
  /// not that of `before`, and `notFound` when the plan is not stored.
  func save(_ plan: Plan, replacing before: Plan) throws(StorageError)

  /// Removes a root, its descendants, and all their events; how many plans that was.
  ///
  /// Throws `notFound` when no root of this id is stored.
  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int
}

/// Writes of actions.
public protocol ActionRepository {
  /// Stores a new action. Throws `duplicate` when the name is taken.
  func insert(_ action: Action) throws(StorageError)

  /// Replaces a stored action.
  ///
  /// Throws `staleWrite` when the stored version is not `version`, and `notFound` when no action
  /// of this name is stored.
  func save(_ action: Action, replacing version: Int) throws(StorageError)
}

/// Writes of events.
public protocol EventLog {
  /// Appends the record of a transition, after all events that were committed before.
  ///
  /// Throws `missingReference` when the plan is not stored, and `duplicate` unless the sequence
  /// is one above the plan's latest event.
  func append(_ event: PlanEvent) throws(StorageError)
}
