public import PlanDomain

/// One consistent, read-only view of a store.
///
/// Valid only inside the closure that receives it, and on the thread that runs the closure;
/// elsewhere every method throws `sessionEnded`.
public protocol ReadSession: PlanReading, ActionReading, EventReading {}

/// A group of reads and writes that is committed as a whole or not at all.
///
/// Reads in a unit of work see its own writes. It ends with the closure: no method commits or rolls
/// back. A method that throws has written nothing, and the body may continue.
public protocol UnitOfWork: ReadSession, PlanRepository, ActionRepository, EventLog {}

/// Writes of plans.
public protocol PlanRepository {
  /// Stores a new plan.
  ///
  /// Throws `duplicate` when the id, the idempotency key of the action, or the key or index in
  /// the parent's round is already used, and `missingReference` when the action, the parent or the
  /// root is not stored.
  func insert(_ plan: Plan) throws(StorageError)

  /// Writes the changing part (`progress`) of a stored plan, and nothing else.
  ///
  /// `before` is the plan as it was read; an adapter may skip fields that are equal in both. Throws
  /// `staleWrite` when the stored version or epoch differs from that of `before`, and `notFound`
  /// when the plan is not stored.
  func save(_ plan: Plan, replacing before: Plan) throws(StorageError)

  /// Removes a root, its descendants and all their events; returns the number of removed plans.
  ///
  /// Throws `notFound` when no root with this id is stored.
  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int
}

/// Writes of actions.
public protocol ActionRepository {
  /// Stores a new action; throws `duplicate` when the name is already used.
  func insert(_ action: Action) throws(StorageError)

  /// Replaces a stored action.
  ///
  /// Throws `staleWrite` when the stored version is not `version`, and `notFound` when no action
  /// with this name is stored.
  func save(_ action: Action, replacing version: Int) throws(StorageError)
}

/// Writes of events.
public protocol EventLog {
  /// Appends the event of a transition, at a position after all committed events.
  ///
  /// Throws `missingReference` when the plan is not stored, and `duplicate` unless the sequence
  /// is one greater than that of the plan's latest event.
  func append(_ event: PlanEvent) throws(StorageError)
}
