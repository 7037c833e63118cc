import PlanDomain
import PlanStorage

/// A database file that is only read, by a connection for each read; changes and creates no file.
///
/// Nothing is held open between two reads, because others could notice a connection that is idle: it
/// keeps the last process that writes from removing its log, and others from restoring a backup or
/// opening the database exclusively; an engine of this process would share its index, which is
/// read-only; and SQLite never reads again the pages that it knows of a file without a log. Who waits
/// for commits asks `LogWriteSignal`, and opens a connection once a second while nothing is written.
///
/// How a read sees one moment while other processes write:
/// - With a log and its index, the locks of SQLite keep what is read in place.
/// - With a log without an index, nobody has the database open; an exclusive lock keeps others from
///   opening it during the read.
/// - Without a log, nobody has the database open. A process that opens it writes to a log at first,
///   which this read ignores. If it has copied its log into the file during the read, the state of
///   the file shows it afterwards, and the read is repeated or throws `busy`.
struct ReadOnlyDatabase: Sendable {
  let identity: DatabaseIdentity
  /// The file that was opened; another one at the path is refused.
  let file: FileIdentity
  let migrations: [Migration]
  /// How long a read waits for other processes.
  let timeout: Duration
  /// Whether the schema may be one that must be migrated before its plans can be read.
  let allowsOlderSchema: Bool

  /// Creates the description of a database that is open in this process.
  init(
    identity: DatabaseIdentity, file: FileIdentity, migrations: [Migration], timeout: Duration,
    allowsOlderSchema: Bool
  ) {
    (self.identity, self.file, self.migrations) = (identity, file, migrations)
    (self.timeout, self.allowsOlderSchema) = (timeout, allowsOlderSchema)
  }

  /// Checks that the file is a store that can be read as it is.
  ///
  /// Throws `StorageError`: `cannotOpen` for a file that is missing or empty, `notAStore`,
  /// `schemaTooNew`, `readOnly` for a schema that must be migrated first and for a store whose
  /// creation did not finish, and others.
  init(
    _ identity: DatabaseIdentity, _ migrations: [Migration], timeout: Duration,
    allowsOlderSchema: Bool
  ) throws {
    let inspection = SchemaInspection(
      identity: identity, migrations: migrations, timeout: timeout)
    let version = try inspection.checkUsable().current
    guard version > 0 || identity.bytes() ?? 0 > 0, let file = try identity.fileIdentity() else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: identity.subject,
        reason: "there is no store, and opening for reading only does not create one")
    }
    self.init(
      identity: identity, file: file, migrations: migrations, timeout: timeout,
      allowsOlderSchema: allowsOlderSchema)
    try checkCurrent(version)
  }

  /// How often a body is run again whose read was disturbed.
  private static let repetitions = 4

  /// Runs the body in a transaction on a connection of its own, which is closed afterwards.
  ///
  /// If another process changed the file during the read, runs the body again, unless it has thrown.
  /// Throws what the body threw; `moved` when another file is at the path; `busy` when another
  /// process changed the file during each read, or during that of a body that has thrown; and errors
  /// of opening.
  func read<R>(
    _ operation: String, _ body: (SQLiteConnection) throws -> R
  ) throws -> R {
    for _ in 0...Self.repetitions {
      let (connection, state) = try open(operation)
      let result = Result { try body(connection) }
      connection.endReading()
      connection.close()
      guard let state, currentState != state else { return try result.get() }
      if case .failure = result { break }
    }
    throw StorageError(
      .busy, operation: operation, subject: identity.subject,
      reason: "another process began to use it and changed it during the read",
      advice: "repeat it")
  }

  /// Opens a connection and begins a transaction in which the schema was checked.
  ///
  /// The state is that of a file that is read without a lock.
  private func open(_ operation: String) throws -> (SQLiteConnection, FileState?) {
    let wait = BusyWait(limit: timeout)
    var attempts: Int32 = 0
    while true {
      let files = try DatabaseFiles(of: identity)
      let state = files == .database ? restingState : nil
      do throws(StorageError) {
        return (try connect(files, operation), state)
      } catch {
        // Another process opened or closed the database in between.
        let mayPass =
          try DatabaseFiles(of: identity) != files || state != nil && state != currentState
          || files == .databaseLogAndIndex && DatabaseFiles.unusableIndex.contains(error.code)
        guard mayPass, wait.wait(attempts) else { throw error }
        attempts += 1
      }
    }
  }

  private var currentState: FileState? { identity.path.flatMap { FileState($0) } }

  /// The state of the file once a later change is certain to show in it.
  private var restingState: FileState? {
    let wait = BusyWait(limit: .milliseconds(50))
    var attempts: Int32 = 0
    while true {
      let state = currentState
      guard state?.isRecent == true, wait.wait(attempts) else { return state }
      attempts += 1
    }
  }

  private func connect(
    _ files: DatabaseFiles, _ operation: String
  ) throws(StorageError) -> SQLiteConnection {
    guard files == .databaseLogAndIndex else { return try connect(files, operation, timeout) }
    do throws(StorageError) { return try connect(files, operation, timeout) } catch {
      guard DatabaseFiles.unusableIndex.contains(error.code) else { throw error }
      // If the process that made the index was killed, nobody has the file open.
      do throws(StorageError) {
        return try connect(files, operation, .zero, as: .fileAndLog)
      } catch let second {
        throw second.code == .busy ? error : second
      }
    }
  }

  private func connect(
    _ files: DatabaseFiles, _ operation: String, _ timeout: Duration,
    as access: SQLiteConnection.Access? = nil
  ) throws(StorageError) -> SQLiteConnection {
    guard try identity.fileIdentity() == file else { throw moved(operation) }
    let connection = try SQLiteConnection(
      looking: files, at: identity, waiting: timeout, as: access)
    do throws(StorageError) {
      try connection.begin(.begin)
      try checkCurrent(try Migrator(connection, migrations).versionOfSnapshot())
      return connection
    } catch {
      connection.close()
      throw error
    }
  }

  /// The error for another file at the path.
  func moved(_ operation: String) -> StorageError {
    StorageError(.moved, operation: operation, subject: identity.subject)
  }

  /// Throws `readOnly` for an older schema, and `schemaTooNew`.
  private func checkCurrent(_ version: Int) throws(StorageError) {
    guard version <= migrations.count else {
      throw .schemaTooNew(
        found: version, supported: migrations.count, operation: "reading", identity.subject)
    }
    guard version > 0 else {
      throw StorageError(
        .readOnly, operation: "reading", subject: identity.subject,
        reason: "its creation did not finish: it has no tables",
        advice: "open it once for writing, which creates them")
    }
    guard version == migrations.count || allowsOlderSchema else {
      throw StorageError(
        .readOnly, operation: "reading", subject: identity.subject,
        reason:
          "its schema has version \(version) and must be migrated to \(migrations.count) first",
        advice: "open it once for writing, after a backup")
    }
  }
}
