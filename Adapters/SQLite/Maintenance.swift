import CSQLite
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How far a checkpoint got.
public struct CheckpointReport: Hashable, Sendable {
  /// The pages that the log held.
  public let logPages: Int
  /// How many of them are in the database file now; all, unless a reader needed them.
  public let copiedPages: Int
}

extension SQLiteStore {
  /// Copies the write-ahead log into the database file and cuts it off, as far as readers allow.
  ///
  /// Happens by itself from time to time. Throws `StorageError`.
  public func checkpoint() throws -> CheckpointReport {
    let log = engine.log
    return try alone("copying the log of") { connection in
      let copied = log.cutOff(connection) ?? (0, 0)
      return CheckpointReport(logPages: copied.log, copiedPages: copied.copied)
    }
  }

  /// Looks for damage; how many problems were found and the first of them, or none.
  ///
  /// Quick means without comparing every index with its table. Takes as long as reading the file;
  /// writers go on meanwhile. Throws `StorageError` when looking itself is not possible.
  public func integrityCheck(quick: Bool = false) throws -> [String] {
    return try using("checking") {
      try engine.inspect("checking") { connection in
        var problems: [String] = []
        var query = try connection.query(
          once: quick ? "PRAGMA quick_check(100)" : "PRAGMA integrity_check(100)")
        while try query.next() { problems.append(query.text()) }
        if problems == ["ok"] { problems = [] }
        var orphans = try connection.query(once: "PRAGMA foreign_key_check")
        while try orphans.next(), problems.count < 100 {
          problems.append("a row of \(orphans.text()) refers to nothing")
        }
        return problems
      }
    }
  }

  /// Writes a complete, consistent copy to a new file, readable and writable by its owner alone.
  ///
  /// Units of work go on meanwhile; those committed later are not in the copy. Throws `StorageError`:
  /// `invalidLocation` when something is there already.
  public func backup(to path: String) throws {
    try backup(to: path, progress: { _, _ in })
  }

  /// Writes a complete, consistent copy to a new file, and tells how many pages of all are done.
  public func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws {
    try using("backing up") { try copy(to: path, progress) }
  }

  private func copy(
    to path: String, _ progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws {
    let target = DatabaseIdentity.absolute(path)
    let subject = "a copy at \(target)"
    // Made by this call or not at all: nothing that exists is ever written over.
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
    guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
      throw target.failed("writing")
    }
    var code = SQLITE_OK
    while code == SQLITE_OK {
      code = sqlite3_backup_step(backup, 1_000)
      let (all, left) = (sqlite3_backup_pagecount(backup), sqlite3_backup_remaining(backup))
      progress(Int(all - left), Int(all))
    }
    guard sqlite3_backup_finish(backup) == SQLITE_OK, code == SQLITE_DONE else {
      throw target.failed("writing")
    }
  }
}
