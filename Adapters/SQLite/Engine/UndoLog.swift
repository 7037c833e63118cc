import PlanDomain
import PlanStorage

/// The changes of one unit of work of a batch, so that it can be rolled back separately.
///
/// A savepoint for each unit of work would be enough, but SQLite copies every page that is changed
/// after a savepoint, which takes as long as the change. So the two changes that transitions
/// consist of are recorded and undone by statements; a savepoint is opened before any other change.
/// Compared with a savepoint for each unit of work, this gives 1.2 times the rate in planbench's
/// `sqlite.transition.concurrent64.full`, and 1.3 times in `concurrent256.full`.
struct UndoLog {
  /// A recorded change.
  enum Step {
    /// The row of a plan was written.
    case saved(number: Int64, before: Plan, after: Plan)
    /// An event of the plan with this number was appended at this position, after another one, and
    /// the row of the plan may hold its position.
    case appended(Int64, plan: Int64, previous: Int64?)
  }

  fileprivate(set) var isKept = false
  fileprivate var steps: [Step] = []
  fileprivate var hasSavepoint = false
  /// The changes to the numbers of plans when the savepoint was opened.
  fileprivate var countChanges = CountChanges()
}

/// Proves that a change can be rolled back separately; every statement that changes rows requires
/// it.
///
/// Only this file creates permits, so a write without a savepoint or a recorded step does not
/// compile.
struct ChangePermit: ~Copyable {
  fileprivate init() {}
}

extension SQLiteConnection {
  /// Runs changes that a savepoint rolls back; opens the savepoint unless it is open.
  func change<R>(
    _ body: (borrowing ChangePermit) throws(StorageError) -> R
  ) throws(StorageError) -> R {
    if undo.isKept, !undo.hasSavepoint {
      try execute(.savepoint)
      undo.hasSavepoint = true
      undo.countChanges = countChanges
    }
    return try body(ChangePermit())
  }

  /// Runs a change and records the step that the body returns, with which it is rolled back.
  ///
  /// The body returns nil if an earlier step of the unit of work rolls its change back as well.
  /// A body that throws must have changed nothing, unless it broke the transaction.
  func noting(
    _ body: (borrowing ChangePermit) throws(StorageError) -> UndoLog.Step?
  ) throws(StorageError) {
    let step = try body(ChangePermit())
    if let step, undo.isKept, !undo.hasSavepoint { undo.steps.append(step) }
  }

  /// Begins a unit of work whose changes are recorded.
  func beginUnit() {
    undo.isKept = true
    undo.steps.removeAll(keepingCapacity: true)
    undo.hasSavepoint = false
  }

  /// Ends a unit of work and keeps its changes.
  func keepUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint { try execute(.releaseSavepoint) }
  }

  /// Ends a unit of work and rolls its changes back, the latest first.
  func undoUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint {
      try execute(.rollbackToSavepoint)
      try execute(.releaseSavepoint)
      countChanges = undo.countChanges
    } else if undo.steps.isEmpty, dirtyRow == nil {
      return
    }
    dirtyRow = nil
    cache.forget()
    for step in undo.steps.reversed() { try revert(step, ChangePermit()) }
  }

  private func revert(
    _ step: UndoLog.Step, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    switch step {
    case .saved(let number, let before, let after):
      // The position of the latest event is restored with the steps of the events.
      guard try write(before, number, replacing: after, latestEvent: nil, permit) else {
        throw missingChange()
      }
    case .appended(let position, let plan, let previous):
      var query = try query(.removeEvent)
      query.bind(position)
      try query.run(permit)
      guard changes == 1 else { throw missingChange() }
      try saveLatestEvent(previous, ofPlan: plan, permit)
    }
  }

  /// The error for a recorded change that is not found; the whole transaction must be rolled back.
  private func missingChange() -> StorageError {
    StorageError(
      .corrupt, operation: "rolling back", subject: subject,
      reason: "a row that the unit of work changed is missing or has changed again")
  }
}
