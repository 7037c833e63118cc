import PlanDomain
import PlanStorage

/// What the server says about itself and the schema of a store, read in one round trip.
struct SchemaInspection {
  /// Whether the schema exists.
  let hasSchema: Bool
  /// The identity of the database: what the server says, not how its location is spelled.
  let identity: DatabaseIdentity
  /// The number of tables, views and sequences in the schema.
  private let entries: Int64
  /// Whether the schema has the table in which migrations are recorded.
  private let isStore: Bool
  var role: String { identity.role }

  /// Reads what is there; changes nothing.
  ///
  /// Throws `StorageError`: `unsupported` for a server that this software cannot use, `cannotOpen`
  /// for a role that may not use the schema, to which its tables would seem to be missing.
  init(
    of schema: String, on connection: PostgreSQLConnection
  ) throws(StorageError) {
    let rows = try connection.rows(
      "opening", SQL.inspectSchema, [.text(schema), .text("migration")])
    func refuse(_ reason: String, _ advice: String) -> StorageError {
      StorageError(
        .unsupported, operation: "opening", subject: connection.subject, reason: reason,
        advice: advice)
    }
    guard connection.serverVersion >= 130_000 else {
      throw refuse(
        "its server is PostgreSQL \(connection.serverVersion / 10_000)",
        "use PostgreSQL 13 or later")
    }
    let encoding = try rows.text(0, 0)
    guard encoding == "UTF8" else {
      throw refuse(
        "the database has the encoding \(encoding)", "create a database with the encoding UTF8")
    }
    identity = DatabaseIdentity(
      system: try rows.int(0, 1), database: try rows.int(0, 2), schema: schema,
      role: try rows.text(0, 6))
    guard try rows.bool(0, 7) else {
      throw StorageError(
        .cannotOpen, operation: "opening", subject: connection.subject,
        reason: "the role \(identity.role) may not use the schema '\(schema)'",
        advice:
          "as the owner of the schema, run: GRANT USAGE ON SCHEMA \(schema) TO \(identity.role)")
    }
    hasSchema = try rows.intOrNil(0, 3) != nil
    entries = try rows.int(0, 4)
    isStore = try rows.bool(0, 5)
  }

  /// Throws `notAStore` for a schema that another application uses; whether it is empty or missing.
  func isEmpty(_ subject: String) throws(StorageError) -> Bool {
    if isStore { return false }
    guard entries == 0 else {
      throw StorageError(
        .notAStore, operation: "opening", subject: subject,
        reason: "its schema '\(identity.schema)' has \(entries) tables of another application",
        advice: "name another schema, as in ?schema=plans")
    }
    return true
  }
}

/// What a database is, whatever location leads to it, and the role that uses it.
struct DatabaseIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The identifier that the server's cluster got when it was created; standbys share it.
  let system: Int64
  /// The number of the database in the cluster.
  let database: Int64
  let schema: String
  /// The role, whose rights belong to its connections, as it is written in statements.
  let role: String

  var description: String { "schema '\(schema)' of a PostgreSQL database" }
}

extension PostgreSQLConnection {
  /// As `rows`, for a command that reads whole tables and may take hours.
  func longRows(
    _ operation: String, _ statement: PostgreSQLStatement, _ values: [PostgreSQLValue]
  ) throws(StorageError) -> PostgreSQLRows {
    let usual = responseTimeout
    responseTimeout = .seconds(86_400)
    defer { responseTimeout = usual }
    do throws(PostgreSQLFailure) {
      return try run([
        PostgreSQLCommand(SQL.beginReading), PostgreSQLCommand(SQL.scanTables),
        PostgreSQLCommand(statement, values), PostgreSQLCommand(SQL.commit),
      ])[2]
    } catch {
      rollBack()
      throw error.error(operation, subject)
    }
  }

  /// Runs one command in a transaction of its own and returns its rows.
  func rows(
    _ operation: String, _ statement: PostgreSQLStatement, _ values: [PostgreSQLValue] = []
  ) throws(StorageError) -> PostgreSQLRows {
    do throws(PostgreSQLFailure) {
      guard let rows = try run([PostgreSQLCommand(statement, values)]).first else {
        throw PostgreSQLFailure(
          kind: .server, index: 0, sqlState: "", constraint: "", message: "no result",
          wasSent: true)
      }
      return rows
    } catch { throw error.error(operation, subject) }
  }
}
