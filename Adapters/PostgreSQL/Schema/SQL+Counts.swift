/// The statements that count plans.
///
/// The numbers of the plans in each group are kept, or counted in an index. Plans that are processing
/// are counted by themselves: a group does not tell them from those that are queued.
extension SQL {
  /// Adds changes to the numbers of the plans of actions $1 in groups $2.
  static let insertCounts = PostgreSQLStatement(
    "insert_counts",
    """
    INSERT INTO plan_count (action, status_group, change) \
    SELECT c.action, c.status_group, c.change \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (action, status_group, change)
    """)
  static let sumCounts = PostgreSQLStatement("sum_counts", "SELECT sum_counts($1)")

  /// The plans of the namespace $1 or the action $2 in each group; of all where both are NULL.
  static let groupsOfActions = PostgreSQLStatement(
    "groups_of_actions",
    """
    SELECT c.status_group, sum(c.change)::bigint FROM plan_count c JOIN action a \
    ON a.number = c.action WHERE ($1::text IS NULL OR a.namespace = $1) \
    AND ($2::text IS NULL OR a.name = $2) GROUP BY c.status_group
    """)
  /// As `groupsOfActions`, in each status of those that are processing.
  static let processingOfActions = PostgreSQLStatement(
    "processing_of_actions",
    """
    SELECT p.status, count(*) FROM plan p JOIN action a ON a.number = p.action \
    WHERE p.due_list = 'lease' AND ($1::text IS NULL OR a.namespace = $1) \
    AND ($2::text IS NULL OR a.name = $2) GROUP BY p.status
    """)
  static let groupsOfProject = groups("project")
  static let processingOfProject = processing("project")
  static let groupsOfLabel = groups("label")
  static let processingOfLabel = processing("label")

  private static func groups(_ list: String) -> PostgreSQLStatement {
    PostgreSQLStatement(
      "groups_of_\(list)",
      """
      SELECT status_group, count(*) FROM plan_\(list) WHERE \(list) = $1 GROUP BY status_group
      """)
  }

  private static func processing(_ list: String) -> PostgreSQLStatement {
    PostgreSQLStatement(
      "processing_of_\(list)",
      """
      SELECT p.status, count(*) FROM plan p JOIN plan_\(list) x ON x.\(list) = $1 \
      AND x.status_group = p.status_group AND x.id = p.id \
      WHERE p.due_list = 'lease' GROUP BY p.status
      """)
  }

  // Trees are limited in size, so their statuses are counted row by row.
  static let statusesOfTree = PostgreSQLStatement(
    "statuses_of_tree",
    """
    SELECT q.status, count(*) FROM (\
    SELECT status FROM plan WHERE id = $1 AND root IS NULL \
    UNION ALL SELECT status FROM plan WHERE root = $1) q GROUP BY q.status
    """)
  static let statusesOfChildren = PostgreSQLStatement(
    "statuses_of_children", "SELECT status, count(*) FROM plan WHERE parent = $1 GROUP BY status")
}
