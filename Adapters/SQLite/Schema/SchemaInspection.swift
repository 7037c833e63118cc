import PlanDomain
import PlanStorage

/// Reads the version of the schema of a database file; changes neither the file nor its log.
///
/// By default, SQLite writes to the index of a log that it reads, and creates the log and the index
/// if they are missing. So each case is read in a different mode: an existing index is read without
/// being written to; a log without an index is read with an index in memory; a file without a log
/// is read alone.
struct SchemaInspection {
  /// The files at the path, which determine the mode of reading.
  private enum Files: Equatable {
    case none
    case database
    case databaseAndLog
    case databaseLogAndIndex

    var access: SQLiteConnection.Access? {
      switch self {
      case .none: nil
      case .database: .fileAlone
      case .databaseAndLog: .fileAndLog
      case .databaseLogAndIndex: .fileLogAndIndex
      }
    }
  }

  let identity: DatabaseIdentity
  let migrations: [Migration]
  /// How long a read waits for other processes.
  let timeout: Duration

  /// Returns the state of the schema; version 0 for a file that is empty or does not exist.
  ///
  /// Throws `StorageError`: `notAStore`, `corrupt`, `busy` when another process uses the file
  /// exclusively, and others when it cannot be read.
  func state() throws(StorageError) -> SchemaState {
    // Another process may open, write or close the database during the read. Then the result is
    // discarded, and the read is repeated in the mode that fits the new files.
    let wait = BusyWait(limit: timeout)
    var attempts: Int32 = 0
    var previous: StorageError?
    repeat {
      let files = try files()
      do throws(StorageError) {
        let state = try read(files)
        if try self.files() == files { return state }
      } catch {
        // A file without a log is read without a lock. If another process opened and closed it
        // during the read, it can appear damaged, but not twice in the same way.
        // An index that another process is about to recover cannot be read until it has.
        let mayPass =
          try self.files() != files || files == .database && error != previous
          || files == .databaseLogAndIndex && error.code == .readOnly
        guard mayPass else { throw error }
        previous = error
      }
      attempts += 1
    } while wait.wait(attempts - 1)
    throw StorageError(
      .busy, operation: "reading the schema of", subject: identity.subject,
      reason: "other processes opened and closed it during each attempt")
  }

  private func files() throws(StorageError) -> Files {
    guard try identity.fileIdentity() != nil, identity.bytes() ?? 0 > 0 else { return .none }
    let (log, index) = (identity.bytes(of: "-wal"), identity.bytes(of: "-shm"))
    if log != nil, index != nil { return .databaseLogAndIndex }
    return log ?? 0 > 0 ? .databaseAndLog : .database
  }

  private func read(_ files: Files) throws(StorageError) -> SchemaState {
    guard let path = identity.path, let access = files.access else {
      return SchemaState(version: 0, of: migrations)
    }
    let connection = try SQLiteConnection(
      path: path, access, waiting: timeout, subject: identity.subject)
    defer { connection.close() }
    connection.leaveLog()
    try connection.configure(access, SQLiteOptions(busyTimeout: timeout))
    return try Migrator(connection, migrations).state()
  }
}

extension SchemaState {
  /// Creates the state of a schema of this version; `migrations` are all supported ones.
  init(version: Int, of migrations: [Migration]) {
    self.init(
      current: version, supported: migrations.count,
      pending: migrations.dropFirst(version).map(\.name))
  }
}
