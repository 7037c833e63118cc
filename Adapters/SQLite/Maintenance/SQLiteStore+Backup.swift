import CSQLite
public import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension SQLiteStore: BackupCapable {
  /// Writes a complete, consistent copy to a new file, readable and writable by its owner only.
  ///
  /// Units of work continue during the copy; those committed later are not in it. `progress`
  /// receives numbers of pages. Throws `StorageError`: `invalidLocation` when something exists at
  /// the path.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws {
    try using("backing up") { try copy(to: path, progress) }
  }

  private func copy(
    to path: String, _ progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws {
    let target = try DatabaseIdentity.absolute(path, "backing up to")
    let subject = "a copy at \(target)"
    // Fails if the file exists, so that no existing file is overwritten.
    guard DatabaseIdentity.makeFile(target) else {
      throw StorageError(
        errno == EEXIST ? .invalidLocation : .cannotOpen, operation: "writing",
        subject: subject, reason: String(cString: strerror(errno)))
    }
    do {
      try engine.inspect("backing up") { source in
        try Self.copy(source, to: target, subject, progress)
      }
    } catch {
      for suffix in ["", "-journal", "-wal", "-shm"] { unlink(target + suffix) }
      throw error
    }
  }

  private static func copy(
    _ source: SQLiteConnection, to path: String, _ subject: String,
    _ progress: (Int, Int) -> Void
  ) throws {
    let target = try SQLiteConnection(path: path, .readWrite, waiting: .zero, subject: subject)
    defer { target.close() }
    // Until the copy is finished, SQLite keeps the source open.
    try source.beginUse("backing up")
    defer { source.endUse() }
    guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
      throw target.failed("writing")
    }
    var code = SQLITE_OK
    while code == SQLITE_OK, !source.isRevoked {
      code = sqlite3_backup_step(backup, 1_000)
      let (all, left) = (sqlite3_backup_pagecount(backup), sqlite3_backup_remaining(backup))
      progress(Int(all - left), Int(all))
    }
    let end = sqlite3_backup_finish(backup)
    if code != SQLITE_DONE, source.isRevoked { throw source.suspended("backing up") }
    guard end == SQLITE_OK, code == SQLITE_DONE else { throw target.failed("writing") }
  }
}
