extension SQL {
  /// The columns of a plan and the document of its definition.
  private static let row = "\(Columns.read.list("p.")), d.document"
  private static let joined = "plan p JOIN plan_definition d ON d.number = p.number"
  /// Without the definition if the plan's number is $2: the caller has it already.
  private static let joinedUnlessKnown =
    "plan p LEFT JOIN plan_definition d ON d.number = p.number AND p.number <> $2"

  static let planByID = PostgreSQLStatement(
    "plan_by_id", "SELECT \(row) FROM \(joinedUnlessKnown) WHERE p.id = $1")
  static let planByKey = PostgreSQLStatement(
    "plan_by_key",
    """
    SELECT \(row) FROM action a JOIN plan p ON p.action = a.number AND p.idempotency_key = $2 \
    JOIN plan_definition d ON d.number = p.number WHERE a.name = $1
    """)
  static let children = PostgreSQLStatement(
    "children",
    "SELECT \(row) FROM \(joined) WHERE p.parent = $1 AND p.round = $2 ORDER BY p.position")
  static let startable = PostgreSQLStatement(
    "startable",
    """
    SELECT \(row) FROM \(joined) WHERE p.is_startable AND p.parent = $1 AND p.round = $2 \
    ORDER BY p.position LIMIT $3
    """)
  static let dependents = PostgreSQLStatement(
    "dependents",
    """
    SELECT \(row) FROM plan_dependency x JOIN plan p ON p.id = x.id \
    JOIN plan_definition d ON d.number = p.number \
    WHERE x.parent = $1 AND x.round = $2 AND x.key = $3 ORDER BY x.position
    """)

  /// The plans of the due lists $1 up to the time $2, at most $3, without those of $4.
  static let due = PostgreSQLStatement(
    "due",
    """
    SELECT \(row) FROM (\
    SELECT q.* FROM unnest($1::text[]) AS l (name) CROSS JOIN LATERAL (\
    SELECT x.* FROM plan x WHERE x.due_list = l.name AND x.due_at <= $2 AND x.id <> ALL ($4) \
    ORDER BY x.due_at, x.id LIMIT $3) q ORDER BY q.due_at, q.id LIMIT $3) p \
    JOIN plan_definition d ON d.number = p.number ORDER BY p.due_at, p.id
    """)
  /// As `due`, and locks the trees of the plans; skips those that are locked.
  static let dueAndLocked = PostgreSQLStatement(
    "due_and_locked",
    """
    SELECT \(Columns.read.list("p.")), p.document \
    FROM due_plans($1, $2, $3, $4, $5) p ORDER BY p.due_at, p.id
    """)
  /// The earliest time in the due lists $1, without the plans of $2.
  static let nextDue = PostgreSQLStatement(
    "next_due",
    """
    SELECT min(q.due_at) FROM unnest($1::text[]) AS l (name) CROSS JOIN LATERAL (\
    SELECT p.due_at FROM plan p WHERE p.due_list = l.name AND p.id <> ALL ($2) \
    ORDER BY p.due_at, p.id LIMIT 1) q
    """)
  /// The first $2 due lists of actors after the list $1: one lookup for each.
  static let queuedLists = PostgreSQLStatement(
    "queued_lists",
    """
    WITH RECURSIVE found (name) AS (\
    (SELECT due_list FROM plan WHERE due_list > $1 AND due_list < 'ready;' \
    ORDER BY due_list LIMIT 1) \
    UNION ALL SELECT (SELECT p.due_list FROM plan p WHERE p.due_list > f.name \
    AND p.due_list < 'ready;' ORDER BY p.due_list LIMIT 1) FROM found f WHERE f.name IS NOT NULL\
    ) SELECT name FROM found WHERE name IS NOT NULL LIMIT $2
    """)

  static let insertPlan = PostgreSQLStatement(
    "insert_plan",
    """
    WITH inserted AS (INSERT INTO plan (\(Columns.inserted.list())) \
    VALUES (\(Columns.inserted.parameters(from: 2))) RETURNING number) \
    INSERT INTO plan_definition (number, document) SELECT number, $1 FROM inserted \
    RETURNING number
    """)
  static let insertProjects = PostgreSQLStatement(
    "insert_projects",
    """
    INSERT INTO plan_project (project, status_group, id) \
    SELECT name, $2, $3 FROM unnest($1::text[]) AS l (name)
    """)
  static let insertLabels = PostgreSQLStatement(
    "insert_labels",
    """
    INSERT INTO plan_label (label, status_group, id) \
    SELECT name, $2, $3 FROM unnest($1::text[]) AS l (name)
    """)
  static let insertDependencies = PostgreSQLStatement(
    "insert_dependencies",
    """
    INSERT INTO plan_dependency (parent, round, key, position, id) \
    SELECT $2, $3, name, $4, $5 FROM unnest($1::text[]) AS l (name)
    """)

  /// Writes the changing part of the plan $1, whose version is $2 and whose epoch is $3.
  ///
  /// Fails with a division by zero when it is not: the lock of the tree excludes that, but the
  /// transaction must not be committed without the row.
  static let savePlan = PostgreSQLStatement("save_plan", save(Columns.saved))
  static let savePlanAndDocuments = PostgreSQLStatement(
    "save_plan_and_documents", save(Columns.saved + ["documents"]))

  private static func save(_ columns: [String]) -> String {
    """
    WITH saved AS (UPDATE plan SET \(columns.assignments(from: 4)) \
    WHERE id = $1 AND version = $2 AND epoch = $3 RETURNING 1) SELECT 1 / count(*) FROM saved
    """
  }
  static let saveProjectGroup = PostgreSQLStatement(
    "save_project_group", "UPDATE plan_project SET status_group = $2 WHERE id = $1")
  static let saveLabelGroup = PostgreSQLStatement(
    "save_label_group", "UPDATE plan_label SET status_group = $2 WHERE id = $1")
  static let removeTree = PostgreSQLStatement("remove_tree", "SELECT remove_tree($1)")

  // Whether something is stored, for the checks of an insertion.
  static let isPlanStored = PostgreSQLStatement(
    "is_plan_stored", "SELECT 1 FROM plan WHERE id = $1")
  static let isKeyUsed = PostgreSQLStatement(
    "is_key_used", "SELECT 1 FROM plan WHERE action = $1 AND idempotency_key = $2")
  static let isPositionTaken = PostgreSQLStatement(
    "is_position_taken",
    """
    SELECT 1 FROM plan WHERE parent = $1 AND round = $2 AND (position = $3 OR child_key = $4) \
    LIMIT 1
    """)
}
