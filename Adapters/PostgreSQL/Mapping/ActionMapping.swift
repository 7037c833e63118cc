import PlanDomain
import PlanStorage

/// An action as its row holds it.
struct StoredAction: Sendable {
  let action: Action
  let number: Int64
  /// A random number for this state of the row.
  let revision: Int64
}

extension PostgreSQLRows {
  /// Reads number, revision and document of an action; the document is NULL if `known` has it.
  func storedAction(_ row: Int, known: StoredAction? = nil) throws(StorageError) -> StoredAction {
    var reader = RowReader(self, row)
    let (number, revision) = (try reader.integer(), try reader.integer())
    if let document = try reader.optionalDocument() {
      return StoredAction(
        action: try Action(portable: document), number: number, revision: revision)
    }
    guard let known, known.number == number, known.revision == revision else {
      throw reader.damage
    }
    return known
  }
}
