import PlanDomain
import PlanStorage

/// Reads the version of the schema of a database file; changes neither the file nor its log.
///
/// `DatabaseFiles` says how.
struct SchemaInspection {
  let identity: DatabaseIdentity
  let migrations: [Migration]
  /// How long a read waits for other processes.
  let timeout: Duration

  /// Throws `notAStore`, `schemaTooNew` and the errors of `state` unless the file is a store that
  /// this software can open, or is empty.
  ///
  /// Opening a file for writing changes it, so this is called before.
  func checkUsable() throws(StorageError) -> SchemaState {
    let state = try state()
    guard !state.isTooNew else {
      throw .schemaTooNew(
        found: state.current, supported: state.supported, operation: "opening", identity.subject)
    }
    return state
  }

  /// Returns the state of the schema; version 0 for a file that is empty or does not exist.
  ///
  /// Throws `StorageError`: `notAStore`, `corrupt`, `busy` when another process uses the file
  /// exclusively, and others when it cannot be read.
  func state() throws(StorageError) -> SchemaState {
    // Another process may open, write or close the database during the read. Then the result is
    // discarded, and the read is repeated in the mode that fits the new files.
    let wait = BusyWait(limit: timeout)
    // Nothing tells whether the process that began a change goes on with it or was killed.
    let changeWait = BusyWait(limit: min(timeout, .seconds(1)))
    var (attempts, changes): (Int32, Int32) = (0, 0)
    var (previous, wasBeingChanged): (StorageError?, Bool) = (nil, false)
    repeat {
      let files = try DatabaseFiles(of: identity)
      wasBeingChanged = files.isBeingChanged
      do throws(StorageError) {
        let state = try read(files)
        if try DatabaseFiles(of: identity) == files { return state }
      } catch {
        if files.isBeingChanged {
          guard changeWait.wait(changes) else { throw error }
          changes += 1
        }
        // A file without a log is read without a lock. If another process opened and closed it
        // during the read, it can appear damaged, but not twice in the same way.
        let mayPass =
          try DatabaseFiles(of: identity) != files || files == .database && error != previous
          || files == .databaseLogAndIndex && DatabaseFiles.unusableIndex.contains(error.code)
          || files.isBeingChanged
        guard mayPass else { throw error }
        previous = error
      }
      attempts += 1
    } while wait.wait(attempts - 1)
    // Of the two waits, either may end first.
    if let previous, wasBeingChanged || previous.code == .inputOutput { throw previous }
    throw StorageError(
      .busy, operation: "reading the schema of", subject: identity.subject,
      reason: "other processes opened and closed it during each attempt")
  }

  private func read(_ files: DatabaseFiles) throws(StorageError) -> SchemaState {
    switch files {
    case .databaseAndJournal(let journal):
      // With at most one page it had no content: a new store, as far as a process has come with it.
      guard let pages = journal.pagesBefore, pages <= 1 else { throw interrupted }
      return SchemaState(version: 0, of: migrations)
    case .databaseLogAndIndex:
      do throws(StorageError) { return try read(files, timeout) } catch {
        guard DatabaseFiles.unusableIndex.contains(error.code) else { throw error }
        // If the process that made the index was killed, nobody has the file open.
        do throws(StorageError) { return try read(files, .zero, as: .fileAndLog) } catch let second
        {
          throw second.code == .busy ? error : second
        }
      }
    case .none: return SchemaState(version: 0, of: migrations)
    case .database, .databaseAndLog: return try read(files, timeout)
    }
  }

  private func read(
    _ files: DatabaseFiles, _ timeout: Duration, as access: SQLiteConnection.Access? = nil
  ) throws(StorageError) -> SchemaState {
    let connection = try SQLiteConnection(
      looking: files, at: identity, waiting: timeout, as: access)
    defer { connection.close() }
    return try Migrator(connection, migrations).state()
  }

  private var interrupted: StorageError {
    StorageError(
      .cannotOpen, operation: "opening", subject: identity.subject,
      reason: "beside it is a journal with which another program undoes a change that it began",
      advice: """
        end the programs that use it; if \((identity.path ?? "") + "-journal") is still there then, \
        open the file once with the program that made it, or with the command-line tool of SQLite
        """)
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
