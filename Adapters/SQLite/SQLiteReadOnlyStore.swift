import CSQLite
public import PlanDomain
public import PlanStorage

/// A SQLite store that was opened for reading only: no call changes or creates a file.
///
/// Holds nothing of the database open between calls. Works on a read-only file system and for a user who may only
/// read, while other processes write, and while this process has the store open for writing. Safe
/// to use from any thread; calls may block, and of one database one call runs at a time.
///
/// A database that no process has open is read without a lock. If a process opens it and changes
/// the file during a read, the body is run again, or the read throws `busy` if the body has thrown or
/// was disturbed several times.
public final class SQLiteReadOnlyStore: WriteSignalling {
  /// The properties that callers can rely on.
  public let traits = StorageTraits(
    latency: .blocking, isDurable: true, isSharedBetweenProcesses: true)
  /// Never notifies, because nothing is committed through this store.
  public let notifier = CommitNotifier()
  private let database: ReadOnlyDatabase
  private let registry: SQLiteEngineRegistry
  private let gate = ShutdownGate()
  private let writes: LogWriteSignal?

  init(_ database: ReadOnlyDatabase, in registry: SQLiteEngineRegistry) {
    self.database = database
    self.registry = registry
    writes = database.identity.path.map { LogWriteSignal(ofDatabaseAt: $0, isOfReader: true) }
  }

  deinit { writes?.stop() }

  /// Runs the body on one consistent snapshot, on the calling thread.
  ///
  /// The body may run several times, if another process begins to use the database meanwhile.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/busy`` if the database was
  ///   changed each time, or if the body had thrown; ``Planwright/StorageError/Code/moved`` if
  ///   another file is at the path now; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a
  ///   body of this store; ``Planwright/StorageError/Code/closed`` after `close`; other errors of
  ///   ``Planwright/StorageError`` if the database cannot be read.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inspect("reading") { [self] connection in
      let session = SQLiteSession(on: connection, isWritable: false)
      try ReentrancyGuard.enterChecked(self, session: session, isForWriting: false) {
        try body(session)
      }
    }
  }

  /// Refuses the unit of work without running the body.
  ///
  /// - Throws: ``Planwright/StorageError/Code/readOnly``, always.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    throw StorageError(
      .readOnly, operation: "writing", subject: database.identity.subject,
      reason: "it was opened for reading only", advice: "open it for writing")
  }

  /// Calls the handler once, after the next write of any process to the log or the creation of one,
  /// or when the log is removed or the store closed.
  ///
  /// Returns false, and never calls it, once the store is closed, when the system has no more
  /// descriptors, and on systems other than Linux.
  public func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    writes?.onNextWrite(handler) ?? false
  }

  /// Refuses new calls and waits for running ones.
  ///
  /// Idempotent. Blocks the calling thread until then.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store,
  ///   because it would wait for itself.
  public func close() throws(StorageError) {
    try checkNesting("closing")
    gate.close()
    writes?.stop()
    gate.waitUntilEmpty()
  }

  /// Runs the body in a read transaction; calls of this store inside it throw `nestedUnitOfWork`.
  private func inspect<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    guard gate.enter() else {
      throw StorageError(.closed, operation: operation, subject: database.identity.subject)
    }
    defer { gate.leave() }
    try checkNesting(operation)
    return try registry.read(database, operation) { [self] connection in
      try ReentrancyGuard.enterChecked(self, session: connection, isForWriting: false) {
        try body(connection)
      }
    }
  }

  private func checkNesting(_ operation: String) throws(StorageError) {
    try ReentrancyGuard.check(self, operation: operation, subject: database.identity.subject)
  }
}

extension SQLiteReadOnlyStore: BackupCapable {
  /// Writes a complete, consistent copy to a new file, as `SQLiteStore` does.
  ///
  /// - Throws: What `progress` throws, which ends the backup;
  ///   ``Planwright/StorageError/Code/invalidLocation`` if something exists at the path, or at that
  ///   path with the suffix `-journal`, `-wal` or `-shm`; ``Planwright/StorageError`` as
  ///   ``read(_:)`` does, and others if the copy fails.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    try BackupFile.write(path) { try copy(to: $0, progress) }
  }

  /// Copies the database to the file of a backup.
  func copy(
    to file: BackupFile, _ progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    try inspect("backing up") { source in try source.copy(to: file, progress) }
  }
}

extension SQLiteReadOnlyStore: IntegrityChecking {
  /// Checks the database for damage and reports at most 100 problems, as `SQLiteStore` does.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``read(_:)`` does. Damage is reported and not thrown.
  public func integrityCheck(quick: Bool = false) throws -> IntegrityReport {
    try inspect("checking") { connection in try connection.checkIntegrity(quick: quick) }
  }
}

extension SQLiteReadOnlyStore: StoreDescribing {
  /// Returns the current state of the store: sizes and warnings.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``read(_:)`` does.
  public func info() throws -> StoreInfo {
    let (bytes, version) = try inspect("describing") { connection in
      (
        try connection.number("PRAGMA page_count") * connection.number("PRAGMA page_size"),
        try connection.number("PRAGMA user_version")
      )
    }
    let library = String(cString: sqlite3_libversion())
    let hasDefect = WALResetDefect.isIn(sqlite3_libversion_number())
    return StoreInfo(
      path: database.identity.path, library: "SQLite", libraryVersion: library,
      libraryDefects: hasDefect ? [WALResetDefect.name] : [], options: ["access": "readOnly"],
      schemaVersion: Int(version), databaseBytes: Int(bytes),
      logBytes: database.identity.bytes(of: "-wal") ?? 0,
      warnings: hasDefect ? [WALResetDefect.warning(library)] : [])
  }
}
