import CSQLite
import PlanStorage

/// One connection to a database, with its prepared statements.
///
/// Unchecked because SQLite's handle is a pointer: whoever owns the connection (the holder of the
/// write queue, or whom the pool lent it to) is the only one to touch it at any time.
final class SQLiteConnection: @unchecked Sendable {
  /// How a connection is opened.
  enum Access {
    case readWrite
    case readOnly
    case privateMemory
    /// Reads a file that has no log, without locks; changes nothing and makes no file.
    case fileAlone
    /// Reads a file and its log while nobody else may, with the log's index in memory; changes
    /// nothing and makes no file.
    case fileAndLog
    /// Reads a file and its log by the index beside them; changes nothing and makes no file.
    case fileLogAndIndex
  }

  let handle: OpaquePointer
  /// What errors call the database.
  let subject: String
  /// What is known of rows that never change; forgotten when a transaction is taken back.
  var cache = RowCache()
  /// What the unit of work under way has done, where others share its transaction.
  var undo = UndoLog()
  /// Whether nobody else in this process writes what it knows.
  let isWriter: Bool
  /// Why the transaction under way cannot be committed any more: a statement of it failed half-way,
  /// or SQLite has rolled it back by itself.
  private(set) var broken: StorageError?
  private let busyWait: BusyWait
  /// What SQLite called the state of the database after the latest commit of this connection.
  private var committedVersion: UInt32?
  private var prepared = [OpaquePointer?](repeating: nil, count: SQL.allCases.count)
  /// How many steps statements have taken since somebody began to measure; nil while nobody does.
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

  /// Gives every statement back, and the connection; not to be used any more.
  func close() {
    for statement in prepared { sqlite3_finalize(statement) }
    prepared = []
    sqlite3_close_v2(handle)
  }

  /// Whether no transaction is open, be it because SQLite rolled it back by itself.
  var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// How many rows the latest statement changed.
  var changes: Int { Int(sqlite3_changes64(handle)) }

  /// The number of the row that was inserted last.
  var lastInsertedNumber: Int64 { sqlite3_last_insert_rowid(handle) }

  /// The error of a statement that failed just now; what a rule of the schema forbids leaves the
  /// transaction whole, anything else breaks it.
  func failed(_ operation: String) -> StorageError {
    let failure = Self.failure(of: handle)
    let error = failure.error(operation, subject)
    if failure.primary != SQLITE_CONSTRAINT, broken == nil { broken = error }
    return error
  }

  /// Begins a transaction; nothing is broken in it yet.
  func begin(_ sql: SQL) throws(StorageError) {
    cache.decodedActions.begin()
    broken = nil
    try execute(sql)
  }

  /// Forgets the plans it knows unless the latest commit was its own; whether others may have
  /// written.
  ///
  /// To be called in the transaction that is to rely on them.
  func noticeOthers() -> Bool {
    let version = stateVersion
    if let version, version == committedVersion { return false }
    cache.plans = PlanCache()
    return true
  }

  /// Whether the file that is open is not at its place.
  var hasMoved: Bool {
    var hasMoved: Int32 = 0
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    return hasMoved != 0
  }

  /// Makes closing leave the log as it is: neither copied nor removed.
  func leaveLog() {
    var found: Int32 = -1
    planwright_sqlite3_db_switch(handle, Int32(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE), 1, &found)
  }

  /// Commits; what is known was either read or written since it last noticed others.
  func commit() throws(StorageError) {
    try execute(.commit)
    committedVersion = stateVersion
  }

  /// A number that is another one when the database has changed since this connection looked at it,
  /// whoever changed it; nil when SQLite does not say.
  private var stateVersion: UInt32? {
    var version: UInt32 = 0
    let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
    return code == SQLITE_OK ? version : nil
  }

  /// Ends a transaction without keeping anything of it.
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

  /// A statement, ready for its parameters; prepared once and kept, one for each constant.
  func query(_ sql: SQL) throws(StorageError) -> Query {
    let slot = sql.rawValue
    // Whoever runs a statement while it is running gets another one for the time being.
    if isInUse[slot] { return Query(try prepare(sql.text), on: self, slot: nil) }
    let statement: OpaquePointer
    if let kept = prepared[slot] {
      statement = kept
    } else {
      statement = try prepare(sql.text)
      prepared[slot] = statement
    }
    isInUse[slot] = true
    return Query(statement, on: self, slot: slot)
  }

  /// A statement that is run once, at opening or for maintenance.
  func query(once text: String) throws(StorageError) -> Query {
    Query(try prepare(text), on: self, slot: nil)
  }

  /// Runs a statement to its end that has no parameters and changes no row.
  func execute(_ sql: SQL) throws(StorageError) {
    var query = try query(sql)
    try query.execute()
  }

  private func prepare(_ text: String) throws(StorageError) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      throw failed("preparing a statement for")
    }
    return statement
  }

  /// Runs the body and returns how many steps its statements took; with nothing known from before,
  /// which would save some of them.
  func measuring(_ body: () throws -> Void) rethrows -> Int {
    cache.forget()
    for statement in prepared { if let statement { _ = Self.takeSteps(of: statement) } }
    steps = 0
    defer { steps = nil }
    try body()
    return steps ?? 0
  }

  /// How many steps a statement has taken since this was asked for the last time.
  private static func takeSteps(of statement: OpaquePointer) -> Int {
    Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1))
  }

  /// Takes a statement back, so that it neither pins a snapshot nor keeps values.
  func giveBack(_ statement: OpaquePointer, slot: Int?) {
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
