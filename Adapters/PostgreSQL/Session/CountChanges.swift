import PlanStorage

/// The changes of a unit of work to the numbers of plans of each action in each group.
///
/// Written with the rows that they count: most units of work change none or two of them.
struct CountChanges {
  private struct List: Hashable {
    let action: Int64
    let group: StatusGroup
  }

  private var changes: [List: Int64] = [:]

  /// Adds plans of an action to a group; a negative number removes them.
  mutating func add(_ count: Int64, of action: Int64, to group: StatusGroup) {
    changes[List(action: action, group: group), default: 0] += count
  }

  /// Returns the command that writes the changes, if there are any, and forgets them.
  mutating func take() -> PostgreSQLCommand? {
    let rows = changes.filter { $0.value != 0 }
    changes.removeAll(keepingCapacity: true)
    if rows.isEmpty { return nil }
    return PostgreSQLCommand(
      SQL.insertCounts,
      [
        .ints(rows.map(\.key.action)), .ints(rows.map { Int64($0.key.group.rawValue) }),
        .ints(rows.map(\.value)),
      ])
  }
}
