import PlanDomain
import PlanStorage

/// Reads the schema's version of a database file, and changes neither the file nor its companions.
///
/// SQLite's usual way to read a database with a log writes to the log's index, and makes both when
/// they are missing. So each case is read in its own way: an index that exists is used without being
/// written to, a log without an index is read through an index in memory, and a file without a log is
/// complete by itself.
struct SchemaInspection {
  /// What there is at the path, which decides how it is read.
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
  /// How long to wait for other processes.
  let patience: Duration

  /// The state of the schema; version 0 for a file that is empty or not there.
  ///
  /// Throws `StorageError`: `notAStore`, `corrupt`, `busy` when another process has the file for
  /// itself, and others when it cannot be read.
  func state() throws(StorageError) -> SchemaState {
    // Another process may open, write or close the database meanwhile: then what was read does not
    // count, and it is read again in the way that fits by now.
    let wait = BusyWait(limit: patience)
    var attempts: Int32 = 0
    var previous: StorageError?
    repeat {
      let files = try files()
      do throws(StorageError) {
        let state = try read(files)
        if try self.files() == files { return state }
      } catch {
        // Without a log there is no lock either: what was opened and closed by another process while
        // it was read looks damaged, but not twice.
        let mayPass = try self.files() != files || files == .database && error != previous
        guard mayPass else { throw error }
        previous = error
      }
      attempts += 1
    } while wait.wait(attempts - 1)
    throw StorageError(
      .busy, operation: "reading the schema of", subject: identity.subject,
      reason: "other processes opened and closed it again and again meanwhile")
  }

  private func files() throws(StorageError) -> Files {
    guard try identity.fileNumber() != nil, identity.bytes() ?? 0 > 0 else { return .none }
    let (log, index) = (identity.bytes(of: "-wal"), identity.bytes(of: "-shm"))
    if log != nil, index != nil { return .databaseLogAndIndex }
    return log ?? 0 > 0 ? .databaseAndLog : .database
  }

  private func read(_ files: Files) throws(StorageError) -> SchemaState {
    guard let path = identity.path, let access = files.access else {
      return SchemaState(version: 0, of: migrations)
    }
    let connection = try SQLiteConnection(
      path: path, access, waiting: patience, subject: identity.subject)
    defer { connection.close() }
    connection.leaveLog()
    try connection.configure(access, SQLiteOptions(busyTimeout: patience))
    return try Migrator(connection, migrations).state()
  }
}

extension SchemaState {
  /// The state of a schema of this version, when these are all the migrations there are.
  init(version: Int, of migrations: [Migration]) {
    self.init(
      current: version, supported: migrations.count,
      pending: migrations.dropFirst(version).map(\.name))
  }
}
