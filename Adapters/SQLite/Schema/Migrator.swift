import CSQLite
import PlanDomain
import PlanStorage

/// Migrates a database to the schema that this software uses.
///
/// Writes nothing if the schema is current. Each migration is a separate transaction under the
/// write lock, in which the version is read again: of several processes that open a file at once,
/// one runs each migration and the others skip it. A new file gets all of them in one transaction, so
/// that a creation that is cut short leaves no store that looks like one of an earlier version.
struct Migrator {
  let connection: SQLiteConnection
  let migrations: [Migration]

  init(_ connection: SQLiteConnection, _ migrations: [Migration] = Migration.all) {
    self.connection = connection
    self.migrations = migrations
  }

  /// Runs the pending migrations and returns the version of the schema.
  ///
  /// Throws `schemaTooNew`, `notAStore` for a database of another application, and `corrupt` when
  /// the recorded migrations differ from these.
  func run() throws(StorageError) -> Int {
    while true {
      let version = try versionNow()
      guard version < migrations.count else { return version }
      try make(migrations[version..<(version == 0 ? migrations.count : version + 1)])
    }
  }

  /// Runs the migrations after a version in one transaction, unless another process has.
  private func make(_ next: ArraySlice<Migration>) throws(StorageError) {
    // While SQLite enforces foreign keys, a table that others refer to cannot be replaced by a copy.
    // The setting has no effect inside a transaction.
    let enforces = try connection.number("PRAGMA foreign_keys") != 0
    if enforces { try connection.runScript("PRAGMA foreign_keys = 0") }
    do {
      try connection.begin(.beginImmediate)
      // Another process may have run the migration while this one waited for the lock.
      if try checkedVersion() == next.startIndex {
        for migration in next { try make(migration) }
      }
      try connection.execute(.commit)
    } catch {
      connection.rollBack()
      if enforces { try? connection.runScript("PRAGMA foreign_keys = 1") }
      throw error
    }
    if enforces { try connection.runScript("PRAGMA foreign_keys = 1") }
  }

  /// Marks an empty database as a store, so that no other application uses it as its own.
  ///
  /// Does nothing when it is a store already. Throws `notAStore`, without having changed anything,
  /// when another application has used the file since it was seen empty.
  func claim() throws(StorageError) {
    try connection.begin(.beginImmediate)
    do {
      if try checkedVersion() == 0 {
        try connection.runScript("PRAGMA application_id = \(Migration.applicationID)")
      }
      try connection.execute(.commit)
    } catch {
      connection.rollBack()
      throw error
    }
  }

  /// Returns the state of the schema, read in one snapshot; writes nothing.
  ///
  /// Throws the same errors as `run`, except `schemaTooNew`: the state reports a newer schema.
  func state() throws(StorageError) -> SchemaState {
    try connection.begin(.begin)
    defer { connection.endReading() }
    return SchemaState(version: try versionOfSnapshot(), of: migrations)
  }

  /// Returns the version of the schema in the running transaction; throws the same errors as
  /// `state`.
  func versionOfSnapshot() throws(StorageError) -> Int {
    let version = try ownVersion()
    if (1...migrations.count).contains(version) { try checkSteps(upTo: version) }
    return version
  }

  /// Returns the version of the schema after checking it and the recorded migrations.
  ///
  /// Reads in one snapshot, because another process may run a migration between two reads.
  private func versionNow() throws(StorageError) -> Int {
    try connection.begin(.begin)
    defer { connection.endReading() }
    let version = try checkedVersion()
    // Checked before the next migration, so that a schema with other migrations is not changed.
    if version > 0 { try checkSteps(upTo: version) }
    return version
  }

  private func make(_ migration: Migration) throws(StorageError) {
    try connection.runScript(migration.script)
    var record = try connection.query(
      once: "INSERT INTO migration (number, name, checksum) VALUES (?, ?, ?)")
    record.bind(migration.number)
    record.bind(migration.name)
    record.bind(migration.checksum)
    try record.execute()
    try connection.runScript(
      """
      PRAGMA user_version = \(migration.number); PRAGMA application_id = \(Migration.applicationID)
      """)
  }

  /// Returns the version of the schema; throws as `ownVersion`, and when it is not supported.
  private func checkedVersion() throws(StorageError) -> Int {
    let version = try ownVersion()
    guard version <= migrations.count else { throw schemaTooNew(version) }
    return version
  }

  /// Returns the version of the schema; throws `notAStore` for a database of another application.
  private func ownVersion() throws(StorageError) -> Int {
    let version = Int(try connection.number("PRAGMA user_version"))
    let application = try connection.number("PRAGMA application_id")
    let isMarked = application == Migration.applicationID
    if isMarked && version > 0 { return version }
    let entries = try connection.number("SELECT count(*) FROM sqlite_schema")
    guard isMarked || application == 0 && version == 0 && entries == 0 else {
      throw StorageError(
        .notAStore, operation: "opening", subject: connection.subject,
        reason:
          "it belongs to another application: its application id is \(application), and its "
          + "schema has \(entries) entries")
    }
    guard version == 0, entries == 0 else {
      throw StorageError(
        .corrupt, operation: "opening", subject: connection.subject,
        reason: "its schema has \(entries) entries, but its version is \(version)")
    }
    return 0
  }

  private func schemaTooNew(_ version: Int) -> StorageError {
    .schemaTooNew(
      found: version, supported: migrations.count, operation: "opening", connection.subject)
  }

  private func checkSteps(upTo version: Int) throws(StorageError) {
    var steps = try connection.query(
      once: "SELECT number, name, checksum FROM migration ORDER BY number")
    var found = 0
    while try steps.next() {
      let (number, name, checksum) = (steps.int(), steps.text(), steps.text())
      found += 1
      guard number == found, number <= version,
        migrations[number - 1].checksum == checksum
      else {
        throw StorageError(
          .corrupt, operation: "opening", subject: connection.subject,
          reason: "its migration \(number) ('\(name)', \(checksum)) is not known to this software")
      }
    }
    guard found == version else {
      throw StorageError(
        .corrupt, operation: "opening", subject: connection.subject,
        reason: "it records \(found) migrations, but its schema has version \(version)")
    }
  }
}

extension StorageError {
  /// The error for a schema of a newer version of this software.
  static func schemaTooNew(
    found: Int, supported: Int, operation: String, _ subject: String
  ) -> StorageError {
    StorageError(
      .schemaTooNew, operation: operation, subject: subject,
      reason: "found schema \(found), supported up to \(supported)")
  }
}

extension SQLiteConnection {
  /// Runs a statement and returns the number in the first column of its first row.
  func number(_ text: String) throws(StorageError) -> Int64 {
    var query = try query(once: text)
    guard try query.next() else { throw query.damage(text) }
    return query.integer()
  }

  /// Runs several statements in order; the script must be a constant.
  func runScript(_ script: String) throws(StorageError) {
    try beginUse("changing the schema of")
    defer { endUse() }
    guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else {
      throw failed("changing the schema of")
    }
  }
}
