/// The statements of pages and counts.
///
/// A page begins at the id $1, without the id $2 (NULL on the first page), and has at most $3 rows.
/// It finds the ids in an index first, for each group of statuses in $4 by itself, because one scan
/// of several groups would not be in the order of the ids.
extension SQL {
  static func pageOfAll(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfAllNewest : pageOfAllOldest
  }
  static func pageOfGroups(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfGroupsNewest : pageOfGroupsOldest
  }
  static func pageOfNamespace(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfNamespaceNewest : pageOfNamespaceOldest
  }
  static func pageOfAction(newestFirst: Bool) -> PostgreSQLStatement {
    newestFirst ? pageOfActionNewest : pageOfActionOldest
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
  private static let pageOfGroupsNewest = actions("groups", nil, newestFirst: true)
  private static let pageOfGroupsOldest = actions("groups", nil, newestFirst: false)
  private static let pageOfNamespaceNewest = actions("namespace", "namespace", newestFirst: true)
  private static let pageOfNamespaceOldest = actions("namespace", "namespace", newestFirst: false)
  private static let pageOfActionNewest = actions("action", "name", newestFirst: true)
  private static let pageOfActionOldest = actions("action", "name", newestFirst: false)
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

  /// The plans of the actions whose column has the value $5; of all actions without a column.
  private static func actions(
    _ name: String, _ column: String?, newestFirst: Bool
  ) -> PostgreSQLStatement {
    page(
      name,
      of: """
        SELECT q.id FROM action a CROSS JOIN unnest($4::bigint[]) AS g (number) \
        CROSS JOIN LATERAL (\
        SELECT x.id FROM plan x WHERE x.action = a.number AND x.status_group = g.number \
        AND \(begins("x", newestFirst)) \(order("x", newestFirst)) LIMIT $3) q \
        \(column.map { "WHERE a.\($0) = $5 " } ?? "")\(order("q", newestFirst)) LIMIT $3
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

  // The numbers of plans of a scope in each status.
  static let countsOfAll = PostgreSQLStatement(
    "counts_of_all", "SELECT status, count(*) FROM plan GROUP BY status")
  static let countsOfNamespace = PostgreSQLStatement(
    "counts_of_namespace",
    """
    SELECT p.status, count(*) FROM action a JOIN plan p ON p.action = a.number \
    WHERE a.namespace = $1 GROUP BY p.status
    """)
  static let countsOfAction = PostgreSQLStatement(
    "counts_of_action",
    """
    SELECT p.status, count(*) FROM action a JOIN plan p ON p.action = a.number \
    WHERE a.name = $1 GROUP BY p.status
    """)
  static let countsOfProject = PostgreSQLStatement(
    "counts_of_project",
    """
    SELECT p.status, count(*) FROM plan_project x JOIN plan p ON p.id = x.id \
    WHERE x.project = $1 GROUP BY p.status
    """)
  static let countsOfLabel = PostgreSQLStatement(
    "counts_of_label",
    """
    SELECT p.status, count(*) FROM plan_label x JOIN plan p ON p.id = x.id \
    WHERE x.label = $1 GROUP BY p.status
    """)
  static let countsOfTree = PostgreSQLStatement(
    "counts_of_tree",
    """
    SELECT q.status, count(*) FROM (\
    SELECT status FROM plan WHERE id = $1 AND root IS NULL \
    UNION ALL SELECT status FROM plan WHERE root = $1) q GROUP BY q.status
    """)
  static let countsOfChildren = PostgreSQLStatement(
    "counts_of_children", "SELECT status, count(*) FROM plan WHERE parent = $1 GROUP BY status")
}
