import PlanStorage

/// The changes of the running transaction to the numbers of plans in `plan_count`.
///
/// They are written with the commit, or before a statement that reads the numbers. Units of work
/// that share a transaction usually change the same few numbers; each is then written once.
/// Triggers would cost more than what they do: SQLite copies every page that a statement with a
/// trigger changes, so that it can roll the statement back alone.
struct CountChanges {
  private struct List: Hashable {
    let action: Int64
    let group: StatusGroup
  }

  private var changes: [List: Int64] = [:]

  var isEmpty: Bool { changes.isEmpty }

  /// Adds plans of an action to a group; a negative number removes them.
  mutating func add(_ count: Int64, of action: Int64, to group: StatusGroup) {
    changes[List(action: action, group: group), default: 0] += count
  }

  /// Runs the body for each number that changes.
  func forEach(
    _ body: (_ action: Int64, _ group: StatusGroup, _ change: Int64) throws(StorageError) -> Void
  ) throws(StorageError) {
    for (list, change) in changes where change != 0 { try body(list.action, list.group, change) }
  }
}

extension SQLiteConnection {
  /// Writes the changes of the running transaction to the numbers of plans.
  func writeCounts() throws(StorageError) {
    if countChanges.isEmpty { return }
    try change { (permit) throws(StorageError) in
      try countChanges.forEach { (action, group, change) throws(StorageError) in
        var query = try query(.saveCount)
        query.bind(action)
        query.bind(group)
        query.bind(change)
        try query.run(permit)
      }
    }
    countChanges = CountChanges()
  }
}
