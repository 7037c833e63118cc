import CSQLite
import PlanStorage

extension SQLiteConnection {
  /// A connection that only reads, set up, and sure to read what the writer writes.
  ///
  /// Throws `moved` when something else is at the path by now.
  convenience init(
    reading path: String, _ identity: DatabaseIdentity, _ options: SQLiteOptions,
    _ files: DatabaseFiles
  ) throws(StorageError) {
    try self.init(
      path: path, .readOnly, waiting: options.busyTimeout, subject: identity.subject)
    do throws(StorageError) {
      // The writer looks after the log, also at the end.
      leaveLog()
      // Before anything else, for that would open another file's log; and after it, for the log may
      // have been replaced as well.
      try checkIsOne(of: files)
      try configure(.readOnly, options)
      try checkIsOne(of: files)
    } catch {
      close()
      throw error
    }
  }

  private func checkIsOne(of files: DatabaseFiles) throws(StorageError) {
    try files.check("opening a reader of")
    if hasMoved { throw StorageError(.moved, operation: "opening a reader of", subject: subject) }
  }

  /// Sets everything that a connection relies on, and reads it back.
  ///
  /// Throws `StorageError`: `notAStore` for a file that is no database, `readOnly` for one that
  /// cannot be written, `busy` when others keep it locked, `inputOutput` when a setting did not
  /// take.
  func configure(_ access: Access, _ options: SQLiteOptions) throws(StorageError) {
    try setSwitches()
    if access == .fileAndLog {
      try set("locking_mode", to: "exclusive", sql: "PRAGMA locking_mode = EXCLUSIVE")
    }
    if access == .readWrite {
      if options.exclusive {
        // Before WAL: then the index of the log is kept in memory, and nobody else gets in.
        try set("locking_mode", to: "exclusive", sql: "PRAGMA locking_mode = EXCLUSIVE")
      }
      guard sqlite3_db_readonly(handle, "main") == 0 else {
        throw StorageError(
          .readOnly, operation: "opening", subject: subject,
          reason: "the file and its directory must be writable for this user")
      }
      try setWriteAheadLog(patience: options.busyTimeout)
      let level = options.durability == .full ? "2" : "1"
      try set("synchronous", to: level, sql: "PRAGMA synchronous = \(level)")
      #if canImport(Darwin)
        if options.durability == .full {
          try set("fullfsync", to: "1", sql: "PRAGMA fullfsync = 1")
          try set("checkpoint_fullfsync", to: "1", sql: "PRAGMA checkpoint_fullfsync = 1")
        }
      #endif
      let limit = String(WriteAheadLog.keptBytes)
      try set("journal_size_limit", to: limit, sql: "PRAGMA journal_size_limit = \(limit)")
      // The writer decides when: after it has acknowledged, never inside a commit.
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

  private func setSwitches() throws(StorageError) {
    let switches = [
      (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
      (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    ]
    for (option, value) in switches {
      var found: Int32 = -1
      let code = planwright_sqlite3_db_switch(handle, Int32(option), Int32(value), &found)
      guard code == SQLITE_OK, found == value else {
        throw notTaken("switch \(option)", "\(found)")
      }
    }
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
  }

  /// Part of the switch to WAL does not ask the busy handler, so that many processes that open a
  /// new file at once have to try again.
  private func setWriteAheadLog(patience: Duration) throws(StorageError) {
    let wait = BusyWait(limit: patience)
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

  /// Runs a statement that sets something, and makes sure that it is set; nil when any value will
  /// do.
  private func set(_ name: String, to value: String?, sql: String) throws(StorageError) {
    do {
      var query = try query(once: sql)
      try query.execute()
    }
    guard let value else { return }
    let found = try setting(name)
    guard found == value else { throw notTaken(name, found) }
  }

  /// The value that a setting has.
  func setting(_ name: String) throws(StorageError) -> String {
    var query = try query(once: "PRAGMA \(name)")
    return try query.next() ? query.text().lowercased() : ""
  }

  private func notTaken(_ name: String, _ found: String) -> StorageError {
    StorageError(
      .inputOutput, operation: "opening", subject: subject,
      reason: "SQLite kept \(name) at '\(found)'")
  }
}
