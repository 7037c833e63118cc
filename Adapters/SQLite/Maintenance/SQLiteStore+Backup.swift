import CSQLite
public import PlanStorage

extension SQLiteStore: BackupCapable {
  /// Writes a complete, consistent copy to a new file, readable and writable by its owner only.
  ///
  /// The copy gets its name when it is complete and on the disk; a process that is killed before
  /// leaves `planwright-backup-N.partial` in the directory. Units of work continue during the copy;
  /// those committed later are not in it. `progress` receives numbers of pages. Blocks the calling
  /// thread.
  ///
  /// - Throws: What `progress` throws, which ends the backup;
  ///   ``Planwright/StorageError/Code/invalidLocation`` if something exists at the path, or at that
  ///   path with the suffix `-journal`, `-wal` or `-shm`; ``Planwright/StorageError/Code/closed``
  ///   after `close`; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this
  ///   store; ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   ``Planwright/StorageError/Code/full``, ``Planwright/StorageError/Code/inputOutput`` and
  ///   other errors of ``Planwright/StorageError`` if the copy fails.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    try using("backing up") {
      try BackupFile.write(path) { file in
        try engine.inspect("backing up") { source in try source.copy(to: file, progress) }
      }
    }
  }
}

extension BackupFile {
  /// Creates the file, lets the body write it, and gives it its name; removes it on failure.
  static func write(_ path: String, _ body: (BackupFile) throws -> Void) throws {
    let file = try BackupFile(path)
    do {
      try body(file)
      try file.publish()
    } catch {
      file.discard()
      throw error
    }
  }
}

extension SQLiteConnection {
  /// Copies the database of this connection to the file of a backup.
  func copy(to file: BackupFile, _ progress: (Int, Int) throws -> Void) throws {
    let target = try SQLiteConnection(
      path: file.partialPath, .readWrite, waiting: .zero, subject: file.subject)
    defer { target.close() }
    // An incomplete copy is removed, and a complete one is written to the disk when it is renamed.
    try target.runScript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    // Until the copy is finished, SQLite keeps the source open.
    try beginUse("backing up")
    defer { endUse() }
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw target.failed("writing")
    }
    var code = SQLITE_OK
    do {
      while code == SQLITE_OK, !isRevoked {
        code = sqlite3_backup_step(backup, 1_000)
        let (all, left) = (sqlite3_backup_pagecount(backup), sqlite3_backup_remaining(backup))
        try progress(Int(all - left), Int(all))
      }
    } catch {
      sqlite3_backup_finish(backup)
      throw error
    }
    let end = sqlite3_backup_finish(backup)
    if code != SQLITE_DONE, isRevoked { throw suspended("backing up") }
    guard end == SQLITE_OK, code == SQLITE_DONE else { throw target.failed("writing") }
  }
}
