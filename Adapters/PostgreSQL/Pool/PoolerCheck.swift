import PlanDomain

/// Finds out whether a pooler between this process and the server gives each transaction another
/// session, which the settings and the notifications of a store do not survive.
///
/// A pooler tells another process of the server than the server itself; then two connections are
/// compared, several times: in transaction mode the second one gets the session of the first one
/// while that has no transaction, or the first one gets another session meanwhile. Sets nothing in
/// these sessions, which the pooler may lend to others.
struct PoolerCheck {
  private static let comparisons = 10

  let connector: PostgreSQLConnector

  /// Throws `unsupported` when sessions are not kept, otherwise an error of connecting or asking.
  func check(within limit: Duration) throws(StorageError) {
    let connection = try connector.connect(within: limit, isBare: true)
    defer { connection.close() }
    let session = try session(of: connection)
    if session == connection.backend { return }
    let other = try connector.connect(within: limit, isBare: true)
    defer { other.close() }
    for _ in 0..<Self.comparisons {
      try run([PostgreSQLCommand(.begin)], on: other)
      let otherSession = try self.session(of: other)
      guard try self.session(of: connection) == session, otherSession != session else {
        throw StorageError(
          .unsupported, operation: "opening", subject: connector.subject,
          reason: "a connection pooler gives each transaction another session of the server",
          advice: "connect to the server itself, or to a pooler in session mode")
      }
      other.rollBack()
    }
  }

  private func session(of connection: PostgreSQLConnection) throws(StorageError) -> Int {
    let rows = try run([PostgreSQLCommand(.session)], on: connection)
    guard let first = rows.first else { return 0 }
    return Int(try first.int(0, 0))
  }

  @discardableResult
  private func run(
    _ commands: [PostgreSQLCommand], on connection: PostgreSQLConnection
  ) throws(StorageError) -> [PostgreSQLRows] {
    do throws(PostgreSQLFailure) {
      return try connection.run(commands)
    } catch { throw error.error("opening", connector.subject) }
  }
}

extension PostgreSQLStatement {
  fileprivate static let begin = PostgreSQLStatement("begin_check", "BEGIN")
  fileprivate static let session = PostgreSQLStatement("session", "SELECT pg_backend_pid()")
}
