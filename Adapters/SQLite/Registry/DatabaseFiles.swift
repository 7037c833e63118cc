import PlanStorage

/// The files at the path of a database, which determine how it is read without changing it.
///
/// By default, SQLite writes to the index of a log that it reads, and creates the log and the index
/// if they are missing. So each case is read in a different mode: an existing index is read without
/// being written to; a log without an index is read with an index in memory, under an exclusive
/// lock; a file without a log is read alone.
enum DatabaseFiles: Equatable {
  /// The file is missing or empty.
  case none
  case database
  case databaseAndLog
  case databaseLogAndIndex
  /// A file that a transaction without a log was changing: it goes on, or was interrupted.
  case databaseAndJournal(RollbackJournal)

  /// Looks at the files of a database; throws what `fileIdentity` throws.
  init(of identity: DatabaseIdentity) throws(StorageError) {
    _ = try identity.fileIdentity()
    // SQLite undoes the transaction of a journal, and deletes the journal, when it opens the file.
    if let path = identity.path, let journal = RollbackJournal(at: path + "-journal") {
      self = .databaseAndJournal(journal)
      return
    }
    guard identity.path != nil, identity.bytes() ?? 0 > 0 else {
      self = .none
      return
    }
    let (log, index) = (identity.bytes(of: "-wal"), identity.bytes(of: "-shm"))
    if log != nil, index != nil {
      self = .databaseLogAndIndex
    } else {
      self = log ?? 0 > 0 ? .databaseAndLog : .database
    }
  }

  var isBeingChanged: Bool { if case .databaseAndJournal = self { true } else { false } }

  /// The mode of reading; nil when there is nothing to read.
  var access: SQLiteConnection.Access? {
    switch self {
    case .none: nil
    case .database, .databaseAndJournal: .fileAlone
    case .databaseAndLog: .fileAndLog
    case .databaseLogAndIndex: .fileLogAndIndex
    }
  }

  /// The errors of reading with an index that another process is about to make or to recover.
  static let unusableIndex: Set<StorageError.Code> = [.readOnly, .cannotOpen, .inputOutput]
}

extension SQLiteConnection {
  /// Opens a connection that changes and creates no file, in the mode for these files.
  ///
  /// Throws `cannotOpen` when there is nothing to read.
  convenience init(
    looking files: DatabaseFiles, at identity: DatabaseIdentity, waiting limit: Duration,
    as access: Access? = nil
  ) throws(StorageError) {
    guard let path = identity.path, let access = access ?? files.access else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: identity.subject,
        reason: "there is no such file, or it is empty")
    }
    try self.init(path: path, access, waiting: limit, subject: identity.subject)
    do throws(StorageError) {
      leaveLog()
      try configure(access, SQLiteOptions(busyTimeout: limit))
    } catch {
      close()
      throw error
    }
  }
}
