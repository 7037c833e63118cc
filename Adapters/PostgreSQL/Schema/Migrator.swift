import PlanDomain
import PlanStorage

/// Migrates the schema of a store to the version that this software uses.
///
/// Writes nothing if the schema is current. The pending migrations are one transaction under an
/// advisory lock of the schema's name, in which the version is read again: of several processes that
/// open a store at once, one runs the migrations and the others wait for it.
struct Migrator {
  let connection: PostgreSQLConnection
  let schema: String
  let migrations: [Migration]

  init(
    _ connection: PostgreSQLConnection, schema: String, _ migrations: [Migration] = Migration.all
  ) {
    self.connection = connection
    self.schema = schema
    self.migrations = migrations
  }

  /// Returns the state of the schema; version 0 for one that is empty or does not exist.
  ///
  /// Throws `StorageError`: `notAStore`, and `corrupt` when the recorded migrations differ from
  /// these.
  func state() throws(StorageError) -> SchemaState {
    let inspection = try SchemaInspection(of: schema, on: connection)
    let version = try version(inspection)
    return SchemaState(
      current: version, supported: migrations.count,
      pending: migrations.dropFirst(version).map(\.name))
  }

  /// Runs the pending migrations and returns the state after them.
  ///
  /// Throws the same errors as `state`, `schemaTooNew`, and `cannotOpen` when the role may not
  /// create what is missing.
  func run() throws(StorageError) -> SchemaState {
    let before = try state()
    try refuseNewer(before)
    if before.isUpToDate { return before }
    do throws(PostgreSQLFailure) {
      _ = try connection.run([
        PostgreSQLCommand(SQL.beginWriting), PostgreSQLCommand(SQL.waitForLocks),
        PostgreSQLCommand(SQL.lock, [.int(LockKey.migration(of: schema).unsalted)]),
      ])
    } catch { throw error.error("migrating", connection.subject) }
    do {
      let inspection = try SchemaInspection(of: schema, on: connection)
      let current = try version(inspection)
      try make(migrations.dropFirst(current), inspection)
    } catch {
      connection.rollBack()
      throw error
    }
    return try state()
  }

  /// Throws `schemaTooNew` for a schema that a newer version of this software has made.
  func refuseNewer(_ state: SchemaState) throws(StorageError) {
    guard state.isTooNew else { return }
    throw StorageError(
      .schemaTooNew, operation: "opening", subject: connection.subject,
      reason: "found schema \(state.current), supported up to \(state.supported)")
  }

  private func make(
    _ next: ArraySlice<Migration>, _ inspection: SchemaInspection
  ) throws(StorageError) {
    var commands: [PostgreSQLCommand] = []
    if !inspection.hasSchema {
      commands += [
        PostgreSQLCommand(SQL.nameSchema, [.text(schema)]), PostgreSQLCommand(SQL.createSchema),
      ]
    }
    for migration in next {
      for (index, text) in migration.statements.enumerated() {
        commands.append(
          PostgreSQLCommand(PostgreSQLStatement("migration_\(migration.number)_\(index)", text)))
      }
    }
    do throws(PostgreSQLFailure) {
      // One after the other: a statement is prepared when what it names exists.
      for command in commands { _ = try connection.run([command]) }
      _ = try connection.run(
        next.map { migration in
          PostgreSQLCommand(
            SQL.recordMigration,
            [.int(migration.number), .text(migration.name), .text(migration.checksum)])
        } + [PostgreSQLCommand(SQL.commit)])
    } catch { throw refusal(error, inspection) }
  }

  private func refusal(
    _ failed: PostgreSQLFailure, _ inspection: SchemaInspection
  ) -> StorageError {
    guard failed.sqlState == "42501" else {
      return failed.error("migrating", connection.subject)
    }
    let statement =
      !inspection.hasSchema
      ? "CREATE SCHEMA \(schema) AUTHORIZATION \(inspection.role)"
      : "ALTER SCHEMA \(schema) OWNER TO \(inspection.role)"
    return StorageError(
      .cannotOpen, operation: "migrating", subject: connection.subject,
      reason: "the role \(inspection.role) may not create tables in the schema '\(schema)'",
      advice: "as an administrator of the database, run: \(statement)")
  }

  private func version(_ inspection: SchemaInspection) throws(StorageError) -> Int {
    if try inspection.isEmpty(connection.subject) { return 0 }
    let rows = try connection.rows("opening", SQL.migrations)
    for row in 0..<rows.count {
      var reader = RowReader(rows, row)
      let (number, name, checksum) = (
        try reader.integer(), try reader.text(), try reader.text()
      )
      let isKnown = row >= migrations.count || migrations[row].checksum == checksum
      guard number == Int64(row + 1), isKnown else {
        throw StorageError(
          .corrupt, operation: "opening", subject: connection.subject,
          reason: "its migration \(number) ('\(name)', \(checksum)) is not known to this software")
      }
    }
    guard rows.count > 0 else {
      throw StorageError(
        .corrupt, operation: "opening", subject: connection.subject,
        reason: "it records no migrations")
    }
    return rows.count
  }
}
