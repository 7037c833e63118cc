/// A statement of SQL with numbered parameters (`$1`), which never changes.
///
/// Each connection prepares it on its first use, in the same round trip. The types of the parameters
/// are those of the values of that first use; for NULL the server infers the type. So where a
/// parameter is compared with or assigned to anything but `bigint`, `boolean`, `text`, `bytea`,
/// `uuid` or an array of these, the SQL casts it, as in `$1::bigint`.
struct PostgreSQLStatement: Sendable {
  /// The name of the prepared statement, unique among all statements of a store.
  let name: String
  let sql: String

  init(_ name: String, _ sql: String) {
    self.name = name
    self.sql = sql
  }
}

/// One execution of a statement with the values of its parameters.
struct PostgreSQLCommand: Sendable {
  let statement: PostgreSQLStatement
  let values: [PostgreSQLValue]

  init(_ statement: PostgreSQLStatement, _ values: [PostgreSQLValue] = []) {
    self.statement = statement
    self.values = values
  }
}
