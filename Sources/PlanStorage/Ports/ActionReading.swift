public import PlanDomain

/// Reads actions; all reads of one session see the same snapshot.
public protocol ActionReading {
  /// Returns the action of this name, or nil; names are case-sensitive.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func action(_ name: ActionName) throws(StorageError) -> Action?

  /// Returns one page of actions, in order of creation.
  ///
  /// Scans the actions of `filter.namespace`, or all actions without one, examines at most
  /// `QueryRules.rowsExamined(for: limit)` of them, and returns those that match. `next` is the
  /// last action examined, or nil when no action follows it.
  ///
  /// - Throws: ``Planwright/StorageError`` as every method of ``ReadSession`` does.
  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
}
