import CSQLite
import PlanStorage

extension SQLiteConnection {
  /// Opens and configures a read-only connection to the same files that the writer has open.
  ///
  /// Throws `moved` when another file or no file is at the path now.
  convenience init(
    reading path: String, _ identity: DatabaseIdentity, _ options: SQLiteOptions,
    _ files: DatabaseFileMonitor
  ) throws(StorageError) {
    try self.init(
      path: path, .readOnly, waiting: options.busyTimeout, subject: identity.subject)
    do throws(StorageError) {
      // Only the writer checkpoints, also when the connection is closed.
      leaveLog()
      // Checked first, because `configure` opens the log beside the file; and again after it,
      // because the log may have been replaced in between.
      try checkIsOpen(files)
      try configure(.readOnly, options)
      try checkIsOpen(files)
    } catch {
      close()
      throw error
    }
  }

  private func checkIsOpen(_ files: DatabaseFileMonitor) throws(StorageError) {
    try files.check("opening a reader of")
    if hasMoved { throw StorageError(.moved, operation: "opening a reader of", subject: subject) }
  }

  /// Applies all settings of a connection and verifies their values.
  ///
  /// Throws `StorageError`: `notAStore` for a file that is not a database, `readOnly` for one that
  /// cannot be written, `busy` when another process keeps it locked, `inputOutput` when a setting
  /// has no effect.
  func configure(_ access: Access, _ options: SQLiteOptions) throws(StorageError) {
    try setBooleanOptions()
    if access == .fileAndLog {
      guard sqlite3_db_readonly(handle, "main") == 0 else { throw logWithoutIndex }
      try set("locking_mode", to: "exclusive", sql: "PRAGMA locking_mode = EXCLUSIVE")
    }
    if access == .readWrite {
      if options.exclusive {
        // Before WAL mode, so that the index of the log is in memory and no other process can open
        // the database.
        try set("locking_mode", to: "exclusive", sql: "PRAGMA locking_mode = EXCLUSIVE")
      }
      guard sqlite3_db_readonly(handle, "main") == 0 else {
        throw StorageError(
          .readOnly, operation: "opening", subject: subject,
          reason: "the file and its directory must be writable for this user")
      }
      try setWriteAheadLog(timeout: options.busyTimeout)
      let level = options.durability == .full ? "2" : "1"
      try set("synchronous", to: level, sql: "PRAGMA synchronous = \(level)")
      #if canImport(Darwin)
        if options.durability == .full {
          try set("fullfsync", to: "1", sql: "PRAGMA fullfsync = 1")
          try set("checkpoint_fullfsync", to: "1", sql: "PRAGMA checkpoint_fullfsync = 1")
        }
      #endif
      let limit = String(WALSizeLimits.keptBytes)
      try set("journal_size_limit", to: limit, sql: "PRAGMA journal_size_limit = \(limit)")
      // The writer checkpoints after it has acknowledged, never inside a commit.
      sqlite3_wal_autocheckpoint(handle, 0)
    }
    try set("foreign_keys", to: "1", sql: "PRAGMA foreign_keys = 1")
    try set("cell_size_check", to: "1", sql: "PRAGMA cell_size_check = 1")
    try set("cache_size", to: "-16384", sql: "PRAGMA cache_size = -16384")
    try set("secure_delete", to: "0", sql: "PRAGMA secure_delete = 0")
    try set("temp_store", to: "2", sql: "PRAGMA temp_store = 2")
    try set("mmap_size", to: access == .privateMemory ? nil : "0", sql: "PRAGMA mmap_size = 0")
    if !isWriter { try set("query_only", to: "1", sql: "PRAGMA query_only = 1") }
  }

  /// The error for a log without an index beside a file that this user cannot lock.
  private var logWithoutIndex: StorageError {
    StorageError(
      .readOnly, operation: "reading", subject: subject,
      reason: "its log has no index, and can then be read only by a user who may write the file",
      advice: "copy the file and the file with the suffix -wal to another directory, and open these"
    )
  }

  private func setBooleanOptions() throws(StorageError) {
    let options = [
      (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
      (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    ]
    for (option, value) in options {
      var found: Int32 = -1
      let code = planwright_sqlite3_db_switch(handle, Int32(option), Int32(value), &found)
      guard code == SQLITE_OK, found == value else {
        throw notApplied("SQLITE_DBCONFIG \(option)", "\(found)")
      }
    }
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
  }

  /// Switches to WAL mode; retries while the database is busy.
  ///
  /// SQLite does not call the busy handler in all steps of the switch, so it can fail when several
  /// processes open a new file at once.
  private func setWriteAheadLog(timeout: Duration) throws(StorageError) {
    let wait = BusyWait(limit: timeout)
    var tries: Int32 = 0
    while true {
      do {
        try set("journal_mode", to: "wal", sql: "PRAGMA journal_mode = WAL")
        return
      } catch {
        guard error.code == .busy, wait.wait(tries) else { throw error }
        tries += 1
      }
    }
  }

  /// Runs a statement that changes a setting and verifies the value, unless it is nil.
  private func set(_ name: String, to value: String?, sql: String) throws(StorageError) {
    do {
      var query = try query(once: sql)
      try query.execute()
    }
    guard let value else { return }
    let found = try setting(name)
    guard found == value else { throw notApplied(name, found) }
  }

  /// Returns the value of a setting.
  func setting(_ name: String) throws(StorageError) -> String {
    var query = try query(once: "PRAGMA \(name)")
    return try query.next() ? query.text().lowercased() : ""
  }

  private func notApplied(_ name: String, _ found: String) -> StorageError {
    StorageError(
      .inputOutput, operation: "opening", subject: subject,
      reason: "SQLite did not apply the setting \(name); its value is '\(found)'")
  }
}
