import CSQLite

/// SQLite without any library around it: the statements of a transition, prepared once, values bound
/// by hand, columns looked at one by one.
///
/// Works on a file that a store has made, so that tables and indexes are the same.
final class RawSQLite {
  struct Failure: Error { let code: Int32 }

  let handle: OpaquePointer
  /// How many plans it has made.
  var made: UInt64 = 0
  private var statements: [String: OpaquePointer] = [:]

  init(_ path: String, synchronous level: Int) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else { throw Failure(code: code) }
    handle = opened
    for pragma in ["journal_mode = WAL", "synchronous = \(level)", "foreign_keys = 1"] {
      try run("PRAGMA \(pragma)") { _ in }
    }
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs a statement and hands over each row.
  func run(_ sql: String, _ bind: (OpaquePointer) -> Void, row: (OpaquePointer) -> Void = { _ in })
    throws
  {
    let statement = try statements[sql] ?? prepare(sql)
    bind(statement)
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW {
      row(statement)
      code = sqlite3_step(statement)
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw Failure(code: code) }
  }

  private func prepare(_ sql: String) throws -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw Failure(code: code) }
    statements[sql] = statement
    return statement
  }
}
