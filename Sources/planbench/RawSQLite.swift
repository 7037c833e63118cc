import CSQLite

/// SQLite without a library around it: the adapter's statements, prepared once, values bound and
/// columns read one by one.
///
/// Works on a file that a store has made, so that tables and indexes are the same, and with the same
/// settings.
final class RawSQLite {
  struct Failure: Error { let code: Int32 }

  let handle: OpaquePointer
  /// The number of plans that it has inserted.
  var made: UInt64 = 0
  /// The position of the event that it has appended last.
  var lastPosition: Int64 = 0
  private var statements: [OpaquePointer] = []

  init(_ path: String, synchronous level: Int) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else { throw Failure(code: code) }
    handle = opened
    for setting in [
      "journal_mode = WAL", "synchronous = \(level)", "foreign_keys = 1", "cell_size_check = 1",
      "cache_size = -16384", "secure_delete = 0", "temp_store = 2", "mmap_size = 0",
      "wal_autocheckpoint = 4000",
    ] {
      let code = sqlite3_exec(handle, "PRAGMA \(setting)", nil, nil, nil)
      guard code == SQLITE_OK else { throw Failure(code: code) }
    }
    for sql in RawStatement.allCases {
      var statement: OpaquePointer?
      let code = sqlite3_prepare_v3(
        handle, sql.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
      guard code == SQLITE_OK, let statement else { throw Failure(code: code) }
      statements.append(statement)
    }
  }

  deinit {
    for statement in statements { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs a statement and passes each row to the closure.
  func run(
    _ sql: RawStatement, _ bind: (OpaquePointer) -> Void = { _ in },
    row: (OpaquePointer) -> Void = { _ in }
  ) throws {
    let statement = statements[sql.rawValue]
    bind(statement)
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW {
      row(statement)
      code = sqlite3_step(statement)
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw Failure(code: code) }
  }

  /// A text that SQLite copies, as it must.
  static func bind(_ text: String, _ statement: OpaquePointer, _ parameter: Int32) {
    planwright_sqlite3_bind_text(statement, parameter, text, Int32(text.utf8.count))
  }
}

/// The statements.
enum RawStatement: Int, CaseIterable {
  case begin, commit, due, planByID, planByNumber, saveProgress, saveLatestEvent, insertEvent
  case action, insertPlan, saveCount

  var text: String {
    switch self {
    case .begin: "BEGIN IMMEDIATE"
    case .commit: "COMMIT"
    case .due:
      """
      SELECT due_at, id, number FROM plan WHERE due_list = ? AND due_at <= ? \
      ORDER BY due_at, id LIMIT 1
      """
    case .planByID: "SELECT * FROM plan WHERE id = ?"
    case .planByNumber: "SELECT * FROM plan WHERE number = ?"
    case .saveProgress:
      """
      UPDATE plan SET status = ?, version = ?, attempt = ?, reversion_count = ?, epoch = ?, \
      lease_owner = ?, lease_expires_at = ?, ready_at = ?, unmet_dependencies = ?, updated_at = ?, \
      strategize_queued_at = ?, strategize_started_at = ?, strategize_ended_at = ?, \
      execute_queued_at = ?, execute_started_at = ?, execute_ended_at = ?, apply_queued_at = ?, \
      apply_started_at = ?, apply_ended_at = ?, spawn_round = ?, spawn_mode = ?, \
      spawn_max_parallel = ?, spawn_fail_fast = ?, spawn_total = ?, spawn_ended = ?, \
      spawn_holding = ?, due_list = ?, due_at = ?, is_startable = ?, \
      last_event = coalesce(?, last_event) WHERE number = ? AND version = ? AND epoch = ?
      """
    case .saveLatestEvent: "UPDATE plan SET last_event = ? WHERE number = ?"
    case .saveCount:
      """
      INSERT INTO plan_count (action, status_group, count) VALUES (?, ?, ?) \
      ON CONFLICT (action, status_group) DO UPDATE SET count = count + excluded.count
      """
    case .insertEvent:
      """
      INSERT INTO event (plan, sequence, command, status_before, status_after, at, attempt, epoch, \
      detail_kind, detail, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    case .action: "SELECT * FROM action WHERE name = ?"
    case .insertPlan:
      """
      INSERT INTO plan (id, terms, action, idempotency_key, parent, root, depth, round, position, \
      child_key, status_group, status, version, attempt, reversion_count, epoch, lease_owner, \
      lease_expires_at, ready_at, unmet_dependencies, updated_at, strategize_queued_at, \
      strategize_started_at, strategize_ended_at, execute_queued_at, execute_started_at, \
      execute_ended_at, apply_queued_at, apply_started_at, apply_ended_at, spawn_round, spawn_mode, \
      spawn_max_parallel, spawn_fail_fast, spawn_total, spawn_ended, spawn_holding, due_list, \
      due_at, is_startable, description, definition_of_done, arguments, projects, automation, \
      depends_on, created_by, created_at, defaulted_arguments, documents, last_event) \
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
      ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    }
  }
}
