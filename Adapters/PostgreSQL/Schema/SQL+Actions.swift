extension SQL {
  private static let row = "number, revision, document"

  /// The action $1; without its document if its number is $2 and its revision $3.
  static let actionByName = PostgreSQLStatement(
    "action_by_name",
    """
    SELECT number, revision, CASE WHEN number = $2 AND revision = $3 THEN NULL ELSE document END \
    FROM action WHERE name = $1
    """)
  static let actionNumber = PostgreSQLStatement(
    "action_number", "SELECT number FROM action WHERE name = $1")
  static let actionsNewest = PostgreSQLStatement(
    "actions_newest",
    "SELECT \(row) FROM action WHERE number < $1 ORDER BY number DESC LIMIT $2")
  static let actionsOldest = PostgreSQLStatement(
    "actions_oldest", "SELECT \(row) FROM action WHERE number > $1 ORDER BY number LIMIT $2")
  static let namespaceActionsNewest = PostgreSQLStatement(
    "namespace_actions_newest",
    """
    SELECT \(row) FROM action WHERE namespace = $3 AND number < $1 ORDER BY number DESC LIMIT $2
    """)
  static let namespaceActionsOldest = PostgreSQLStatement(
    "namespace_actions_oldest",
    """
    SELECT \(row) FROM action WHERE namespace = $3 AND number > $1 ORDER BY number LIMIT $2
    """)
  /// Inserts an action with the highest number; under the lock of all insertions of actions.
  static let insertAction = PostgreSQLStatement(
    "insert_action",
    """
    INSERT INTO action (number, name, namespace, version, revision, document) \
    SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5 FROM action
    """)
  static let saveAction = PostgreSQLStatement(
    "save_action",
    """
    UPDATE action SET version = $3, revision = $4, document = $5 \
    WHERE name = $1 AND version = $2
    """)
}
