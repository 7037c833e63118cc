import PlanDomain
import PlanStorage

/// A row of `plan` whose latest changes are not written yet.
///
/// A plan is saved before its events are appended, and both change its row, which holds the
/// position of the latest event. So the row is written when the unit of work does something else or
/// ends: a row has many columns, and to write it is the most expensive statement of a transition.
struct DirtyRow {
  /// How the position of the plan's latest event differs from that in the row.
  enum LatestEvent {
    /// Not at all.
    case written
    /// The row of a new plan holds the position that the next event gets, once it is appended.
    case expected(Int64)
    /// The event at this position was appended.
    case appended(Int64)
  }

  let id: Plan.ID
  let number: Int64
  /// The plan as the row holds it, and as it was saved; nil if it was not saved.
  var change: (stored: Plan, saved: Plan)?
  var latestEvent = LatestEvent.written

  /// Whether the row holds the position of the plan's latest event.
  var holdsLatestEvent: Bool { if case .written = latestEvent { true } else { false } }
}

extension SQLiteConnection {
  /// Writes the row that is dirty, if there is one.
  ///
  /// When it throws, the row stays dirty, so that the unit of work cannot end without it.
  func writeDirtyRow() throws(StorageError) {
    guard let row = dirtyRow else { return }
    try noting { (permit) throws(StorageError) in try write(row, permit) }
    dirtyRow = nil
  }

  /// Writes a row; returns nil if the steps of the undo log cover what it writes.
  private func write(
    _ row: DirtyRow, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> UndoLog.Step? {
    guard let change = row.change else {
      switch row.latestEvent {
      case .written: break
      case .expected: try saveLatestEvent(nil, ofPlan: row.number, permit)
      case .appended(let position): try saveLatestEvent(position, ofPlan: row.number, permit)
      }
      return nil
    }
    var position: Int64?
    if case .appended(let appended) = row.latestEvent { position = appended }
    guard
      try write(
        change.saved, row.number, replacing: change.stored, latestEvent: position, permit)
    else {
      throw StorageError(
        .corrupt, operation: "saving", subject: "plan \(row.id)",
        reason: "its row is missing or has changed in the transaction")
    }
    return .saved(number: row.number, before: change.stored, after: change.saved)
  }

  /// Makes the row of a saved plan dirty, after it has written another one.
  func save(_ row: PlanCache.Row, as saved: Plan) throws(StorageError) {
    var isWritten = dirtyRow?.id != row.plan.id
    // A new plan that is saved before its first event is appended: its row expects the event.
    if case .expected? = dirtyRow?.latestEvent { isWritten = true }
    if isWritten {
      try writeDirtyRow()
      dirtyRow = DirtyRow(id: row.plan.id, number: row.number)
    }
    let stored = dirtyRow?.change?.stored ?? row.plan
    dirtyRow?.change = (stored, saved)
  }

  /// Makes the row of a new plan dirty, which holds the position of the event that is expected.
  func expectEvent(at position: Int64, ofNewPlan id: Plan.ID, _ number: Int64) {
    dirtyRow = DirtyRow(id: id, number: number, latestEvent: .expected(position))
  }

  /// Makes the row of a plan dirty whose latest event was appended; another one has been written.
  func noteAppended(_ position: Int64, ofPlan id: Plan.ID, _ number: Int64) {
    if case .expected(position)? = dirtyRow?.latestEvent {
      dirtyRow = nil
    } else if dirtyRow == nil {
      dirtyRow = DirtyRow(id: id, number: number, latestEvent: .appended(position))
    } else {
      dirtyRow?.latestEvent = .appended(position)
    }
  }
}
