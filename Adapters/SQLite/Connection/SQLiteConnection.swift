import CSQLite
import PlanStorage

/// One connection to a database, with its prepared statements.
///
/// Used by one thread at a time: the thread that leads the write queue, or the one that borrowed
/// the connection from the reader pool. Unchecked because the compiler cannot see that.
final class SQLiteConnection: @unchecked Sendable {
  /// The mode in which a connection is opened.
  enum Access {
    case readWrite
    case readOnly
    case privateMemory
    /// Reads a file that has no log, without locks; changes and creates no file.
    case fileAlone
    /// Reads a file and its log under an exclusive lock, with the log's index in memory; changes
    /// and creates no file.
    case fileAndLog
    /// Reads a file and its log with the existing index; changes and creates no file.
    case fileLogAndIndex
  }

  let handle: OpaquePointer
  /// The name of the database in errors.
  let subject: String
  /// The rows that this connection has read or written; emptied when a transaction is rolled back.
  var cache = ConnectionCache()
  /// The changes of the running unit of work, if units of work share its transaction.
  var undo = UndoLog()
  /// Whether this is the only connection of the process that writes to the database.
  let isWriter: Bool
  /// Why the running transaction can no longer be committed: one of its statements failed before it
  /// was complete, or SQLite rolled the transaction back.
  private(set) var broken: StorageError?
  private let busyWait: BusyWait
  /// SQLite's data version of the database after the latest commit of this connection.
  private var committedVersion: UInt32?
  private var prepared = [OpaquePointer?](repeating: nil, count: SQL.allCases.count)
  /// The number of steps of the statements of a measured read; nil when no read is measured.
  private var steps: Int?
  private var isInUse = [Bool](repeating: false, count: SQL.allCases.count)

  /// Opens the database at this path; SQLite creates it when access is for writing.
  init(
    path: String, _ access: Access, waiting limit: Duration, subject: String
  ) throws(StorageError) {
    self.subject = subject
    isWriter = access == .readWrite || access == .privateMemory
    busyWait = BusyWait(limit: limit)
    let flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | access.flags
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(access.name(of: path), &opened, flags, nil)
    guard let opened else {
      throw StorageError(.outOfMemory, operation: "opening", subject: subject)
    }
    guard code == SQLITE_OK else {
      let failure = Self.failure(of: opened)
      sqlite3_close_v2(opened)
      throw failure.error("opening", subject)
    }
    handle = opened
    busyWait.install(on: handle)
  }

  /// Finalizes all statements and closes the connection, which must not be used any more.
  func close() {
    for statement in prepared { sqlite3_finalize(statement) }
    prepared = []
    sqlite3_close_v2(handle)
  }

  /// Whether no transaction is open, for example because SQLite rolled it back.
  var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// The number of rows that the latest statement changed.
  var changes: Int { Int(sqlite3_changes64(handle)) }

  /// The rowid of the latest inserted row.
  var lastInsertedNumber: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Returns the error of the statement that has just failed.
  ///
  /// Any failure but that of a constraint prevents the commit of the transaction.
  func failed(_ operation: String) -> StorageError {
    let failure = Self.failure(of: handle)
    let error = failure.error(operation, subject)
    if failure.primary != SQLITE_CONSTRAINT, broken == nil { broken = error }
    return error
  }

  /// Begins a transaction.
  func begin(_ sql: SQL) throws(StorageError) {
    cache.decodedActions.begin()
    broken = nil
    try execute(sql)
  }

  /// Empties the cache of plans unless the latest commit was made by this connection.
  ///
  /// Returns whether other connections may have written. Must be called in the transaction that
  /// uses the cache.
  func invalidatePlansIfChanged() -> Bool {
    let version = stateVersion
    if let version, version == committedVersion { return false }
    cache.plans = PlanCache()
    return true
  }

  /// Whether the open database file is no longer at its path.
  var hasMoved: Bool {
    var hasMoved: Int32 = 0
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    return hasMoved != 0
  }

  /// Makes `close` leave the log as it is, neither copied nor removed.
  func leaveLog() {
    var found: Int32 = -1
    planwright_sqlite3_db_switch(handle, Int32(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE), 1, &found)
  }

  /// Commits the transaction.
  func commit() throws(StorageError) {
    try execute(.commit)
    committedVersion = stateVersion
  }

  /// SQLite's data version, which changes with every commit of any connection; nil if unavailable.
  private var stateVersion: UInt32? {
    var version: UInt32 = 0
    let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
    return code == SQLITE_OK ? version : nil
  }

  /// Rolls the transaction back.
  func rollBack() {
    cache.forget()
    undo = UndoLog()
    endReading()
  }

  /// Ends a transaction in which nothing was written.
  func endReading() {
    if !isAutocommit { try? execute(.rollback) }
    broken = nil
  }

  private static func failure(of handle: OpaquePointer) -> SQLiteFailure {
    let code = sqlite3_extended_errcode(handle)
    let isSystem = [SQLITE_CANTOPEN, SQLITE_IOERR].contains(code & 0xFF)
    return SQLiteFailure(
      code: code, message: String(cString: sqlite3_errmsg(handle)),
      systemError: isSystem ? sqlite3_system_errno(handle) : 0)
  }

  /// Returns an execution of a statement; each statement is prepared once and kept.
  func query(_ sql: SQL) throws(StorageError) -> StatementRun {
    let slot = sql.rawValue
    // A statement that is already running is prepared a second time, for this execution only.
    if isInUse[slot] { return StatementRun(try prepare(sql.text), on: self, slot: nil) }
    let statement: OpaquePointer
    if let kept = prepared[slot] {
      statement = kept
    } else {
      statement = try prepare(sql.text)
      prepared[slot] = statement
    }
    isInUse[slot] = true
    return StatementRun(statement, on: self, slot: slot)
  }

  /// Returns an execution of a statement that is not kept, for opening and maintenance.
  func query(once text: String) throws(StorageError) -> StatementRun {
    StatementRun(try prepare(text), on: self, slot: nil)
  }

  /// Runs a statement that has no parameters and changes no row.
  func execute(_ sql: SQL) throws(StorageError) {
    var query = try query(sql)
    try query.execute()
  }

  private func prepare(_ text: String) throws(StorageError) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      let error = failed("preparing a statement for")
      // The statements are constants, so the schema lacks a table or a column that they name.
      guard code & 0xFF == SQLITE_ERROR else { throw error }
      throw StorageError(
        .corrupt, operation: error.operation, subject: error.subject, reason: error.reason)
    }
    return statement
  }

  /// Runs the body with an empty cache and returns the number of steps of its statements.
  func measuring(_ body: () throws -> Void) rethrows -> Int {
    cache.forget()
    for statement in prepared { if let statement { _ = Self.takeSteps(of: statement) } }
    steps = 0
    defer { steps = nil }
    try body()
    return steps ?? 0
  }

  /// Returns the number of steps of a statement and resets SQLite's counter.
  private static func takeSteps(of statement: OpaquePointer) -> Int {
    Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1))
  }

  /// Resets a statement after an execution, so that it keeps neither a snapshot nor values.
  func recycle(_ statement: OpaquePointer, slot: Int?) {
    if steps != nil { steps? += Self.takeSteps(of: statement) }
    guard let slot else {
      sqlite3_finalize(statement)
      return
    }
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    isInUse[slot] = false
  }
}
