public import PlanDomain

/// Reads of actions, all from the one snapshot of the session.
public protocol ActionReading {
  /// The action of this name, or nil; the case of letters counts.
  func action(_ name: ActionName) throws(StorageError) -> Action?

  /// One page of actions, in order of creation.
  ///
  /// Goes through the actions of `filter.namespace`, or all, examines at most
  /// `limit.rowsExamined` of them, and gives those that match. `next` marks the last one
  /// examined, and is nil exactly when none comes after it.
  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
}
