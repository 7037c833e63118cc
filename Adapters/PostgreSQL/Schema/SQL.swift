/// The statements of the adapter; each is a constant, and all values are parameters.
///
/// Names of tables have no schema: each connection searches that of its store only.
enum SQL {
  /// Not `READ WRITE`: that would override an administrator who lets the server take no writes.
  static let beginWriting = PostgreSQLStatement(
    "begin_writing", "BEGIN ISOLATION LEVEL READ COMMITTED")
  static let beginReading = PostgreSQLStatement(
    "begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  static let commit = PostgreSQLStatement("commit", "COMMIT")
  /// Lets the transaction read whole tables.
  static let scanTables = PostgreSQLStatement(
    "scan_tables", "SELECT set_config('enable_seqscan', 'on', true)")

  /// Lets the transaction wait for locks as long as it takes.
  static let waitForLocks = PostgreSQLStatement(
    "wait_for_locks", "SELECT set_config('lock_timeout', '0', true)")

  // Locks of the transaction; $1 is the key.
  static let lock = PostgreSQLStatement("lock", "SELECT pg_advisory_xact_lock($1)")
  static let lockShared = PostgreSQLStatement(
    "lock_shared", "SELECT pg_advisory_xact_lock_shared($1)")
  static let tryLock = PostgreSQLStatement("try_lock", "SELECT pg_try_advisory_xact_lock($1)")
  /// Locks the tree of the plan $1; the keys of trees are combined with $2.
  static let lockTree = PostgreSQLStatement(
    "lock_tree", "SELECT pg_advisory_xact_lock(tree # $2) FROM plan WHERE id = $1")
  /// Locks the trees of the plans $1 in one order.
  static let lockTrees = PostgreSQLStatement(
    "lock_trees",
    """
    SELECT count(pg_advisory_xact_lock(t.tree # $2)) FROM (\
    SELECT DISTINCT tree FROM plan WHERE id = ANY ($1) ORDER BY tree) t
    """)
  /// Locks the tree of the plan of the action $1 with the idempotency key $2.
  static let lockTreeByKey = PostgreSQLStatement(
    "lock_tree_by_key",
    """
    SELECT pg_advisory_xact_lock(p.tree # $3) FROM action a \
    JOIN plan p ON p.action = a.number AND p.idempotency_key = $2 WHERE a.name = $1
    """)
}

/// The columns of the tables, in the order in which the mapping writes and reads them.
enum Columns {
  /// The columns by which a plan is found and which never change.
  static let fixed = [
    "id", "tree", "action", "idempotency_key", "parent", "root", "round", "position", "child_key",
  ]
  /// The columns that a transition changes, except the documents.
  static let progress = [
    "status", "version", "attempt", "reversion_count", "epoch", "lease_owner", "lease_expires_at",
    "lease_ends_at", "ready_at", "unmet_dependencies", "updated_at", "strategize_queued_at",
    "strategize_started_at", "strategize_ended_at", "execute_queued_at", "execute_started_at",
    "execute_ended_at", "apply_queued_at", "apply_started_at", "apply_ended_at", "spawn_round",
    "spawn_mode", "spawn_max_parallel", "spawn_fail_fast", "spawn_total", "spawn_ended",
    "spawn_holding",
  ]
  /// The columns that are computed from a plan for the indexes; they are never read back.
  static let derived = ["status_group", "due_list", "due_at", "is_startable"]
  /// What is read of a plan; the document of its definition follows.
  static let read = ["id", "number", "action", "last_event"] + progress + ["documents"]
  static let saved = progress + derived + ["last_event"]
  static let inserted = fixed + saved + ["documents"]
  static let event = [
    "plan", "sequence", "command", "status_before", "status_after", "at", "attempt", "epoch",
    "detail_kind", "detail", "signature",
  ]
}

extension [String] {
  /// Returns the columns as a list, each with the prefix, as in `p.a, p.b`.
  func list(_ prefix: String = "") -> String { map { prefix + $0 }.joined(separator: ", ") }

  /// Returns a parameter for each column, as in `$3, $4`; the first has this number.
  func parameters(from first: Int) -> String {
    indices.map { "$\($0 + first)" }.joined(separator: ", ")
  }

  /// Returns an assignment to each column, as in `a = $3, b = $4`.
  func assignments(from first: Int) -> String {
    enumerated().map { "\($1) = $\($0 + first)" }.joined(separator: ", ")
  }
}
