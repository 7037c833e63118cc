/// The statements of pages and counts.
///
/// A page begins at the id $1, without the id $2 (NULL on the first page), and has at most $3 rows.
/// It finds the ids in an index first, for each group of statuses in $4 by itself, because one scan
/// of several groups would not be in the order of the ids.
extension SQL {
  static func pageOfAll(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfAllNewest : pageOfAllOldest
  }
  /// The plans of the namespace $5 or the action $6, or of all actions where both are NULL.
  static func pageOfActions(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfActionsNewest : pageOfActionsOldest
  }
  static func pageOfProject(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfProjectNewest : pageOfProjectOldest
  }
  static func pageOfLabel(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfLabelNewest : pageOfLabelOldest
  }
  static func pageOfTree(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfTreeNewest : pageOfTreeOldest
  }
  static func pageOfChildren(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfChildrenNewest : pageOfChildrenOldest
  }
  static func pageOfProcessing(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfProcessingNewest : pageOfProcessingOldest
  }

  private static let pageOfAllNewest = all(newestFirst: true)
  private static let pageOfAllOldest = all(newestFirst: false)
  private static let pageOfActionsNewest = page(
    "actions", of: "SELECT id FROM list_page_newest($5, $6, $4, $1, $2, $3) AS l (id)", true)
  private static let pageOfActionsOldest = page(
    "actions", of: "SELECT id FROM list_page_oldest($5, $6, $4, $1, $2, $3) AS l (id)", false)
  private static let pageOfProjectNewest = list("plan_project", "project", newestFirst: true)
  private static let pageOfProjectOldest = list("plan_project", "project", newestFirst: false)
  private static let pageOfLabelNewest = list("plan_label", "label", newestFirst: true)
  private static let pageOfLabelOldest = list("plan_label", "label", newestFirst: false)
  private static let pageOfTreeNewest = tree(newestFirst: true)
  private static let pageOfTreeOldest = tree(newestFirst: false)
  private static let pageOfChildrenNewest = children(newestFirst: true)
  private static let pageOfChildrenOldest = children(newestFirst: false)
  private static let pageOfProcessingNewest = processing(newestFirst: true)
  private static let pageOfProcessingOldest = processing(newestFirst: false)

  /// The condition of a page on the ids of a table.
  private static func begins(_ table: String, _ newestFirst: Bool) -> String {
    "\(table).id \(newestFirst ? "<=" : ">=") $1 AND \(table).id IS DISTINCT FROM $2::uuid"
  }

  private static func order(_ table: String, _ newestFirst: Bool) -> String {
    "ORDER BY \(table).id\(newestFirst ? " DESC" : "")"
  }

  /// The plans with the ids that a query finds.
  private static func page(
    _ name: String, of ids: String, _ newestFirst: Bool
  ) -> PostgreSQLStatement {
    PostgreSQLStatement(
      "page_of_\(name)_\(newestFirst ? "newest" : "oldest")",
      """
      SELECT \(Columns.read.list("p.")), d.document FROM (\(ids)) f JOIN plan p ON p.id = f.id \
      JOIN plan_definition d ON d.number = p.number \(order("p", newestFirst))
      """)
  }

  private static func all(newestFirst: Bool) -> PostgreSQLStatement {
    page(
      "all",
      of: """
        SELECT x.id FROM plan x WHERE \(begins("x", newestFirst)) \(order("x", newestFirst)) \
        LIMIT $3
        """, newestFirst)
  }

  /// The scope $5 is a text.
  private static func list(
    _ table: String, _ column: String, newestFirst: Bool
  ) -> PostgreSQLStatement {
    page(
      column,
      of: """
        SELECT q.id FROM unnest($4::bigint[]) AS g (number) CROSS JOIN LATERAL (\
        SELECT x.id FROM \(table) x WHERE x.\(column) = $5 AND x.status_group = g.number \
        AND \(begins("x", newestFirst)) \(order("x", newestFirst)) LIMIT $3) q \
        \(order("q", newestFirst)) LIMIT $3
        """, newestFirst)
  }

  /// The scope $5 is the id of a root; the groups are filtered, because trees are limited in size.
  private static func tree(newestFirst: Bool) -> PostgreSQLStatement {
    page(
      "tree",
      of: """
        SELECT q.id FROM (\
        SELECT x.id, x.status_group FROM plan x WHERE x.id = $5 AND x.root IS NULL \
        UNION ALL SELECT x.id, x.status_group FROM plan x WHERE x.root = $5) q \
        WHERE q.status_group = ANY ($4) AND \(begins("q", newestFirst)) \
        \(order("q", newestFirst)) LIMIT $3
        """, newestFirst)
  }

  /// The scope $5 is the id of a parent.
  private static func children(newestFirst: Bool) -> PostgreSQLStatement {
    page(
      "children",
      of: """
        SELECT x.id FROM plan x WHERE x.parent = $5 AND x.status_group = ANY ($4) \
        AND \(begins("x", newestFirst)) \(order("x", newestFirst)) LIMIT $3
        """, newestFirst)
  }

  /// All plans with a lease, which are few; they are sorted.
  private static func processing(newestFirst: Bool) -> PostgreSQLStatement {
    PostgreSQLStatement(
      "page_of_processing_\(newestFirst ? "newest" : "oldest")",
      """
      WITH leased AS MATERIALIZED (SELECT x.id FROM plan x WHERE x.due_list = 'lease') \
      SELECT \(Columns.read.list("p.")), d.document FROM (\
      SELECT l.id FROM leased l WHERE \(begins("l", newestFirst)) \(order("l", newestFirst)) \
      LIMIT $3) f JOIN plan p ON p.id = f.id JOIN plan_definition d ON d.number = p.number \
      \(order("p", newestFirst))
      """)
  }
}
