import PlanDomain
import PlanStorage

/// An action as its row holds it.
struct StoredAction {
  let action: Action
  let number: Int64
  /// A random number for this state of the row.
  let revision: Int64
}

extension PostgreSQLRows {
  /// Reads number, revision and document of an action; the document is NULL if the cache has it.
  func storedAction(
    _ row: Int, _ cached: (_ number: Int64, _ revision: Int64) -> Action?
  ) throws(StorageError) -> StoredAction {
    var reader = RowReader(self, row)
    let (number, revision) = (try reader.integer(), try reader.integer())
    if let document = try reader.optionalDocument() {
      return StoredAction(
        action: try Action(portable: document), number: number, revision: revision)
    }
    guard let action = cached(number, revision) else { throw reader.damage }
    return StoredAction(action: action, number: number, revision: revision)
  }
}
