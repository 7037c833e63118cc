import PlanDomain
import PlanStorage

/// What one unit of work of a batch has done, so that it can be taken back and the others stay.
///
/// A savepoint for each would do, but SQLite copies every page that is changed after one, which
/// takes as long as the change. So the two changes that nearly all transitions consist of are noted
/// and undone by statements; before any other change a savepoint is opened.
struct UndoLog {
  /// How a noted change is taken back.
  enum Step {
    /// A plan that was known was replaced, but for its documents.
    case saved(number: Int64, before: Plan, after: Plan)
    /// An event was appended at this place.
    case appended(Int64)
  }

  fileprivate(set) var isKept = false
  fileprivate var steps: [Step] = []
  fileprivate var hasSavepoint = false
}

/// Shows that the change under way can be taken back by itself; every statement that changes rows
/// demands one.
///
/// Only `SQLiteConnection.change` and `SQLiteConnection.noting` make one, so a write without a
/// savepoint or a noted step does not compile.
struct ChangePermit: ~Copyable {
  fileprivate init() {}
}

extension SQLiteConnection {
  /// Runs changes that are taken back by a savepoint, which is opened unless there is one.
  func change<R>(
    _ body: (borrowing ChangePermit) throws(StorageError) -> R
  ) throws(StorageError) -> R {
    if undo.isKept, !undo.hasSavepoint {
      try execute(.savepoint)
      undo.hasSavepoint = true
    }
    return try body(ChangePermit())
  }

  /// Runs a change that is taken back by the step that the body returns.
  ///
  /// A body that throws must have changed nothing, unless it broke the transaction.
  func noting(
    _ body: (borrowing ChangePermit) throws(StorageError) -> UndoLog.Step
  ) throws(StorageError) {
    let step = try body(ChangePermit())
    if undo.isKept, !undo.hasSavepoint { undo.steps.append(step) }
  }

  /// From here on, changes are noted.
  func beginUnit() {
    undo.isKept = true
    undo.steps.removeAll(keepingCapacity: true)
    undo.hasSavepoint = false
  }

  /// Ends a unit of work whose changes stay.
  func keepUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint { try execute(.releaseSavepoint) }
  }

  /// Ends a unit of work and takes its changes back, the latest first.
  func undoUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint {
      try execute(.rollbackToSavepoint)
      try execute(.releaseSavepoint)
    } else if undo.steps.isEmpty {
      return
    }
    cache.forget()
    for step in undo.steps.reversed() { try takeBack(step, ChangePermit()) }
  }

  private func takeBack(
    _ step: UndoLog.Step, _ permit: borrowing ChangePermit
  ) throws(StorageError) {
    switch step {
    case .saved(let number, let before, let after):
      guard try save(before, number, replacing: after, .saveProgressAndGroup, permit) else {
        throw lost()
      }
      try saveGroup(of: before, number, permit)
    case .appended(let position):
      var query = try query(.removeEvent)
      query.bind(position)
      try query.run(permit)
      guard changes == 1 else { throw lost() }
    }
  }

  /// What was noted is not there: nothing of the transaction may stay.
  private func lost() -> StorageError {
    StorageError(
      .corrupt, operation: "taking back", subject: subject,
      reason: "what a unit of work changed is not there any more")
  }
}
