import PlanDomain
import PlanStorage

/// What one unit of work of a batch has done, so that it can be taken back and the others stay.
///
/// A savepoint for each would do, but SQLite copies every page that is changed after one, which
/// takes as long as the change. So the two changes that nearly all transitions consist of are noted
/// and undone by statements; before any other change a savepoint is opened.
struct UndoLog {
  enum Change {
    /// A plan that was known was replaced, but for its documents.
    case saved(number: Int64, before: Plan, after: Plan)
    /// An event was appended at this place.
    case appended(Int64)
  }

  fileprivate(set) var isKept = false
  fileprivate var changes: [Change] = []
  fileprivate var hasSavepoint = false
}

extension SQLiteConnection {
  /// From here on, changes are noted.
  func beginUnit() {
    undo.isKept = true
    undo.changes.removeAll(keepingCapacity: true)
    undo.hasSavepoint = false
  }

  /// To be called before a change that is not noted.
  func prepareForChange() throws(StorageError) {
    guard undo.isKept, !undo.hasSavepoint else { return }
    try run(.savepoint)
    undo.hasSavepoint = true
  }

  /// Notes a change that was made.
  func note(_ change: UndoLog.Change) {
    if undo.isKept, !undo.hasSavepoint { undo.changes.append(change) }
  }

  /// Ends a unit of work whose changes stay.
  func keepUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint { try run(.releaseSavepoint) }
  }

  /// Ends a unit of work and takes its changes back, the latest first.
  func undoUnit() throws(StorageError) {
    undo.isKept = false
    if undo.hasSavepoint {
      try run(.rollbackToSavepoint)
      try run(.releaseSavepoint)
    } else if undo.changes.isEmpty {
      return
    }
    cache.forget()
    for change in undo.changes.reversed() {
      switch change {
      case .saved(let number, let before, let after):
        guard try save(before, number, replacing: after, .saveProgressAndGroup) else {
          throw lost()
        }
        try saveGroup(of: before, number)
      case .appended(let position):
        var query = try query(.removeEvent)
        query.bind(position)
        try query.run()
        guard changes == 1 else { throw lost() }
      }
    }
  }

  /// What was noted is not there: nothing of the transaction may stay.
  private func lost() -> StorageError {
    StorageError(
      .corrupt, operation: "taking back", subject: subject,
      reason: "what a unit of work changed is not there any more")
  }
}
