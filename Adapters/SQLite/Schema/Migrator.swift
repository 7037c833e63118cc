import CSQLite
import PlanDomain
import PlanStorage

/// Brings a database to the schema that this software works with.
///
/// Writes nothing to a current one. Each step is a transaction of its own under the write lock,
/// inside of which the version is read again: of many processes that open a new file at once, one
/// makes each step, and the others find it made.
struct Migrator {
  let connection: SQLiteConnection
  let migrations: [Migration]

  init(_ connection: SQLiteConnection, _ migrations: [Migration] = Migration.all) {
    self.connection = connection
    self.migrations = migrations
  }

  /// The version of the schema since.
  ///
  /// Throws `schemaTooNew`, `notAStore` for a database of another software, and `corrupt` when
  /// the file was made with other steps than these.
  func run() throws(StorageError) -> Int {
    while true {
      let version = try versionNow()
      guard version < migrations.count else { return version }
      try connection.begin(.beginImmediate)
      do {
        // Another process may have made the step while this one waited for the lock.
        if try checkedVersion() == version { try make(migrations[version]) }
        try connection.execute(.commit)
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  /// The state of the schema, read in one snapshot; writes nothing.
  ///
  /// Throws as `run` does, but for a schema that is too new: that is what the state says.
  func state() throws(StorageError) -> SchemaState {
    try connection.begin(.begin)
    defer { connection.endReading() }
    let version = try ownVersion()
    if (1...migrations.count).contains(version) { try checkSteps(upTo: version) }
    return SchemaState(version: version, of: migrations)
  }

  /// The version of the schema, read with everything that is checked in one snapshot: between two,
  /// another process may make a step.
  private func versionNow() throws(StorageError) -> Int {
    try connection.begin(.begin)
    defer { connection.endReading() }
    let version = try checkedVersion()
    // Before the next step is made: what was made in another way is left as it is.
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

  /// The version of the schema, once it is sure that it is one of ours and not above ours.
  private func checkedVersion() throws(StorageError) -> Int {
    let version = try ownVersion()
    guard version <= migrations.count else { throw schemaTooNew(version) }
    return version
  }

  /// The version of the schema, once it is sure that this software made the database.
  private func ownVersion() throws(StorageError) -> Int {
    let version = Int(try connection.number("PRAGMA user_version"))
    let application = try connection.number("PRAGMA application_id")
    guard application == Migration.applicationID else {
      let tables = try connection.number("SELECT count(*) FROM sqlite_schema")
      guard application == 0, version == 0, tables == 0 else {
        throw StorageError(
          .notAStore, operation: "opening", subject: connection.subject,
          reason: "a database of another application, \(application), with \(tables) entries")
      }
      return 0
    }
    guard version >= 0 else { throw schemaTooNew(version) }
    return version
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
          reason: "its schema was made by another step \(number) ('\(name)', \(checksum))")
      }
    }
    guard found == version else {
      throw StorageError(
        .corrupt, operation: "opening", subject: connection.subject,
        reason: "found a record of \(found) schema steps instead of \(version)")
    }
  }
}

extension StorageError {
  /// The error for a schema that was made by a newer version of this software.
  static func schemaTooNew(
    found: Int, supported: Int, operation: String, _ subject: String
  ) -> StorageError {
    StorageError(
      .schemaTooNew, operation: operation, subject: subject,
      reason: "found schema \(found), supported up to \(supported)")
  }
}

extension SQLiteConnection {
  /// The number that a statement answers.
  func number(_ text: String) throws(StorageError) -> Int64 {
    var query = try query(once: text)
    guard try query.next() else { throw query.damage(text) }
    return query.integer()
  }

  /// Runs statements that are constants of this software, one after the other.
  func runScript(_ script: String) throws(StorageError) {
    guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else {
      throw failed("changing the schema of")
    }
  }
}
