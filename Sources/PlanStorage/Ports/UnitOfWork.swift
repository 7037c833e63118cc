public import PlanDomain

/// One consistent, read-only view of a store.
///
/// Valid only inside the closure that receives it, and on the thread that runs the closure.
///
/// Every method throws ``Planwright/StorageError``: ``Planwright/StorageError/Code/sessionEnded``
/// outside of that closure or thread; ``Planwright/StorageError/Code/corrupt`` for a stored value
/// that cannot be read; ``Planwright/StorageError/Code/moved`` or another code after which the
/// store cannot be used any more; ``Planwright/StorageError/Code/busy``,
/// ``Planwright/StorageError/Code/inputOutput`` or ``Planwright/StorageError/Code/outOfMemory`` if
/// the system fails. It never returns an empty answer instead.
public protocol ReadSession: PlanReading, ActionReading, EventReading {}

/// A group of reads and writes that is committed as a whole or not at all.
///
/// Reads in a unit of work see its own writes. It ends with the closure: no method commits or rolls
/// back.
///
/// Besides the errors of ``ReadSession``, every method that writes throws
/// ``Planwright/StorageError/Code/readOnly`` on a session that was opened for reading, and
/// ``Planwright/StorageError/Code/full`` if there is no room. A method that throws has written
/// nothing, and the body may continue.
public protocol UnitOfWork: ReadSession, PlanRepository, ActionRepository, EventLog {}

/// Writes of plans.
public protocol PlanRepository {
  /// Stores a new plan.
  ///
  /// ``InsertionChecks/refusal(of:)`` decides in which order the rules are checked.
  ///
  /// - Throws: ``Planwright/StorageError/Code/duplicate`` if the id, the idempotency key of the
  ///   action, or the key or index in the parent's round is already used;
  ///   ``Planwright/StorageError/Code/missingReference`` if the action, the parent or the root is
  ///   not stored; otherwise ``Planwright/StorageError`` as every method of ``UnitOfWork`` does.
  func insert(_ plan: Plan) throws(StorageError)

  /// Writes the changing part (`progress`) of a stored plan, and nothing else.
  ///
  /// `before` is the plan as it was read; an adapter may skip fields that are equal in both.
  ///
  /// - Throws: ``Planwright/StorageError/Code/staleWrite`` if the stored version or epoch differs
  ///   from that of `before`; ``Planwright/StorageError/Code/notFound`` if the plan is not stored;
  ///   otherwise ``Planwright/StorageError`` as every method of ``UnitOfWork`` does.
  func save(_ plan: Plan, replacing before: Plan) throws(StorageError)

  /// Removes a root, its descendants and all their events; returns the number of removed plans.
  ///
  /// - Throws: ``Planwright/StorageError/Code/notFound`` if no root with this id is stored;
  ///   otherwise ``Planwright/StorageError`` as every method of ``UnitOfWork`` does.
  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int
}

/// Writes of actions.
public protocol ActionRepository {
  /// Stores a new action.
  ///
  /// - Throws: ``Planwright/StorageError/Code/duplicate`` if the name is already used; otherwise
  ///   ``Planwright/StorageError`` as every method of ``UnitOfWork`` does.
  func insert(_ action: Action) throws(StorageError)

  /// Replaces a stored action.
  ///
  /// - Throws: ``Planwright/StorageError/Code/staleWrite`` if the stored version is not `version`;
  ///   ``Planwright/StorageError/Code/notFound`` if no action with this name is stored; otherwise
  ///   ``Planwright/StorageError`` as every method of ``UnitOfWork`` does.
  func save(_ action: Action, replacing version: Int) throws(StorageError)
}

/// Writes of events.
public protocol EventLog {
  /// Appends the event of a transition, at a position after all committed events.
  ///
  /// - Throws: ``Planwright/StorageError/Code/missingReference`` if the plan is not stored;
  ///   ``Planwright/StorageError/Code/duplicate`` unless the sequence is one greater than that of
  ///   the plan's latest event; otherwise ``Planwright/StorageError`` as every method of
  ///   ``UnitOfWork`` does.
  func append(_ event: PlanEvent) throws(StorageError)
}
