import CSQLite
import PlanStorage
import Synchronization

/// One connection to a database, with its prepared statements.
///
/// Used by one thread at a time: the thread that leads the write queue, or the one that borrowed
/// the connection from the reader pool. Unchecked because the compiler cannot see that.
///
/// Another thread may take the connection away between two statements of its user (`takeAway`):
/// each use of the handle is counted, and throws `suspended` from then on.
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

  private(set) var handle: OpaquePointer
  /// The name of the database in errors.
  let subject: String
  /// The rows that this connection has read or written; emptied when a transaction is rolled back.
  var cache = ConnectionCache()
  /// The changes of the running unit of work, if units of work share its transaction.
  var undo = UndoLog()
  /// The row whose latest changes the running unit of work has not written yet.
  var dirtyRow: DirtyRow?
  /// The changes of the running transaction to the numbers of plans, which are not written yet.
  var countChanges = CountChanges()
  /// Whether this is the only connection of the process that writes to the database.
  let isWriter: Bool
  /// Why the running transaction can no longer be committed: one of its statements failed before it
  /// was complete, or SQLite rolled the transaction back.
  private(set) var broken: StorageError?
  private let busyWait: BusyWait
  private let path: String
  private let access: Access
  /// The number of uses of the handle that are running; negative once it was taken away.
  private let uses = Atomic(0)
  /// Whether the handle is closed.
  private let isClosed = Locked(false)
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
    self.path = path
    self.access = access
    isWriter = access == .readWrite || access == .privateMemory
    busyWait = BusyWait(limit: limit)
    handle = try Self.open(path, access, access.flags, subject)
    busyWait.install(on: handle)
  }

  private static func open(
    _ path: String, _ access: Access, _ accessFlags: Int32, _ subject: String
  ) throws(StorageError) -> OpaquePointer {
    let flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | accessFlags
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
    return opened
  }

  /// Finalizes all statements and closes the connection; idempotent.
  ///
  /// Called by the user of the connection, or when it has none. With `leavesLog`, the log is
  /// neither copied nor removed.
  func close(leavesLog: Bool = false) {
    uses.bitwiseOr(.min, ordering: .acquiringAndReleasing)
    isClosed.withLock { isClosed in
      if isClosed { return }
      isClosed = true
      for statement in prepared { sqlite3_finalize(statement) }
      prepared = []
      if leavesLog { leaveLog() }
      sqlite3_close_v2(handle)
    }
  }

  /// Takes the connection away from its user between two statements and closes it; idempotent.
  ///
  /// Called by any thread. The transaction is rolled back, and with `leavesLog` the log is left as it
  /// is. Interrupts a running statement. Returns false when it has not ended at `deadline`, in
  /// nanoseconds of `BusyWait.now()`: no later statement begins, but the handle is still open.
  func takeAway(until deadline: Int64, leavesLog: Bool = true) -> Bool {
    revoke()
    while uses.load(ordering: .acquiring) != .min {
      interrupt()
      guard BusyWait.now() < deadline else { return false }
      BusyWait.pause()
    }
    close(leavesLog: leavesLog)
    return true
  }

  /// Makes each later use of the handle throw `suspended`, and interrupts the running one.
  func revoke() {
    uses.bitwiseOr(.min, ordering: .acquiringAndReleasing)
    busyWait.isOver.store(true, ordering: .relaxed)
    interrupt()
  }

  /// Allows uses of the handle again after `revoke`; rolls the transaction back.
  ///
  /// The caller has exclusive use.
  func restore() {
    busyWait.isOver.store(false, ordering: .relaxed)
    uses.store(0, ordering: .releasing)
    rollBack()
  }

  /// Opens the handle again after `takeAway`, on a file that exists; the caller has exclusive use.
  ///
  /// Throws `StorageError`; the handle is closed then.
  func reopen() throws(StorageError) {
    handle = try Self.open(path, access, access.flags & ~SQLITE_OPEN_CREATE, subject)
    busyWait.isOver.store(false, ordering: .relaxed)
    busyWait.install(on: handle)
    prepared = [OpaquePointer?](repeating: nil, count: SQL.allCases.count)
    isInUse = [Bool](repeating: false, count: SQL.allCases.count)
    (cache, broken, committedVersion) = (ConnectionCache(), nil, nil)
    dropUnwritten()
    isClosed.withLock { $0 = false }
    uses.store(0, ordering: .releasing)
  }

  /// Whether the handle was taken away or closed.
  var isRevoked: Bool { uses.load(ordering: .relaxed) < 0 }

  /// Begins a use of the handle, which `endUse` ends; throws `suspended` when it was taken away.
  func beginUse(_ operation: String) throws(StorageError) {
    if uses.wrappingAdd(1, ordering: .acquiring).oldValue >= 0 { return }
    endUse()
    throw suspended(operation)
  }

  /// Ends a use of the handle.
  func endUse() { uses.wrappingSubtract(1, ordering: .releasing) }

  /// Runs the body with the handle, or returns nil when it was taken away.
  private func withHandle<R>(_ body: (OpaquePointer) -> R) -> R? {
    guard (try? beginUse("using")) != nil else { return nil }
    defer { endUse() }
    return body(handle)
  }

  /// The error of a use of the handle after it was taken away.
  func suspended(_ operation: String) -> StorageError {
    StorageError(.suspended, operation: operation, subject: subject)
  }

  /// Runs the body; throws `suspended` for whatever it throws once the handle was taken away.
  ///
  /// What a body makes of the loss of its connection is not known.
  func explainingLoss<R>(of operation: String, _ body: () throws -> R) throws -> R {
    do { return try body() } catch { throw isRevoked ? suspended(operation) : error }
  }

  private func interrupt() { isClosed.withLock { if !$0 { sqlite3_interrupt(handle) } } }

  /// Whether no transaction is open, for example because SQLite rolled it back.
  var isAutocommit: Bool { withHandle { sqlite3_get_autocommit($0) != 0 } ?? true }

  /// The number of rows that the latest statement changed; 0 when the handle was taken away.
  var changes: Int { withHandle { Int(sqlite3_changes64($0)) } ?? 0 }

  /// The rowid of the latest inserted row; 0 when the handle was taken away.
  var lastInsertedNumber: Int64 { withHandle { sqlite3_last_insert_rowid($0) } ?? 0 }

  /// Returns the error of the statement that has just failed.
  ///
  /// Any failure but that of a constraint prevents the commit of the transaction.
  func failed(_ operation: String) -> StorageError {
    let failure = Self.failure(of: handle)
    let error = isRevoked ? suspended(operation) : failure.error(operation, subject)
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

  /// Commits the transaction, after the numbers of plans that it changes have been written.
  func commit() throws(StorageError) {
    try writeCounts()
    try execute(.commit)
    committedVersion = stateVersion
  }

  /// SQLite's data version, which changes with every commit of any connection; nil if unavailable.
  private var stateVersion: UInt32? {
    withHandle { handle -> UInt32? in
      var version: UInt32 = 0
      let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
      return code == SQLITE_OK ? version : nil
    } ?? nil
  }

  /// Rolls the transaction back.
  func rollBack() {
    cache.forget()
    dropUnwritten()
    endReading()
  }

  private func dropUnwritten() {
    (undo, dirtyRow, countChanges) = (UndoLog(), nil, CountChanges())
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
    try beginUse("preparing a statement for")
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
    try beginUse("preparing a statement for")
    return StatementRun(try prepare(text), on: self, slot: nil)
  }

  /// Runs a statement that has no parameters and changes no row.
  func execute(_ sql: SQL) throws(StorageError) {
    var query = try query(sql)
    try query.execute()
  }

  /// Prepares a statement; ends the use of the handle when it throws.
  private func prepare(_ text: String) throws(StorageError) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      defer { endUse() }
      let error = failed("preparing a statement for")
      // The statements are constants, so the schema lacks a table or a column that they name.
      guard code & 0xFF == SQLITE_ERROR, error.code != .suspended else { throw error }
      throw StorageError(
        .corrupt, operation: error.operation, subject: error.subject, reason: error.reason)
    }
    return statement
  }

  /// Runs the body with an empty cache and returns the number of steps of its statements.
  func measuring(_ body: () throws -> Void) rethrows -> Int {
    cache.forget()
    _ = withHandle { _ in
      for statement in prepared { if let statement { _ = Self.takeSteps(of: statement) } }
    }
    steps = 0
    defer { steps = nil }
    try body()
    return steps ?? 0
  }

  /// Returns the number of steps of a statement and resets SQLite's counter.
  private static func takeSteps(of statement: OpaquePointer) -> Int {
    Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1))
  }

  /// Resets a statement after an execution, so that it keeps neither a snapshot nor values, and
  /// ends the use of the handle.
  func recycle(_ statement: OpaquePointer, slot: Int?) {
    defer { endUse() }
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
