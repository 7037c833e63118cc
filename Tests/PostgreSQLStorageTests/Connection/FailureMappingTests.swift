import PlanDomain
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "Failures of the server", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct FailureMappingTests {
  @Test(
    "have the code of the store that says what to do",
    arguments: [
      ("23505", "duplicate"), ("23503", "missingReference"), ("25006", "readOnly"),
      ("28000", "cannotOpen"), ("28P01", "cannotOpen"), ("3D000", "cannotOpen"),
      ("3F000", "notAStore"), ("40001", "busy"), ("40P01", "busy"), ("42501", "cannotOpen"),
      ("42P01", "notAStore"), ("42703", "notAStore"), ("53100", "full"), ("53200", "busy"),
      ("53300", "unavailable"), ("55P03", "busy"), ("57014", "busy"), ("57P01", "unavailable"),
      ("57P03", "unavailable"), ("58030", "inputOutput"), ("XX001", "corrupt"),
      ("XX000", "inputOutput"),
      ("26000", "unsupported"), ("22012", "inputOutput"), ("0A000", "busy"),
      ("08006", "unavailable"), ("25P03", "busy"),
    ])
  func codes(state: String, code: String) throws {
    let connection = try ConnectionFixture().connect()
    let failed = try failure {
      try connection.query("DO $$ BEGIN RAISE EXCEPTION 'words' USING ERRCODE = '\(state)'; END $$")
    }
    let error = failed.error("writing", "store x")
    #expect(error.code.rawValue == code)
    #expect(error.description.contains(state), "\(error)")
    #expect(failed.isRepeatable == ["40001", "40P01", "0A000"].contains(state))
  }

  @Test("are those that a server gives in these situations")
  func situations() throws {
    let fixture = try ConnectionFixture()
    let (role, table) = (fixture.name(), fixture.name())
    let (connection, other) = (try fixture.connect(), try fixture.connect())
    func code(_ connection: PostgreSQLConnection, _ commands: [String]) throws -> String {
      defer { connection.rollBack() }
      return try failure { _ = try connection.run(commands.map { .once($0) }) }
        .error("writing", "store x").code.rawValue
    }
    try fixture.server.query("CREATE ROLE \(role)")
    try connection.query("CREATE TABLE \(table) (a bigint PRIMARY KEY)")
    #expect(
      try code(connection, ["BEGIN READ ONLY", "DELETE FROM \(table)"]) == "readOnly")
    #expect(
      try code(connection, ["BEGIN", "SET LOCAL ROLE \(role)", "DELETE FROM \(table)"])
        == "cannotOpen")
    #expect(
      try code(connection, ["BEGIN", "SET LOCAL statement_timeout = 1", "SELECT pg_sleep(3600)"])
        == "busy")
    _ = try other.run([.once("BEGIN"), .once("LOCK TABLE \(table)")])
    #expect(
      try code(connection, ["BEGIN", "SET LOCAL lock_timeout = 1", "LOCK TABLE \(table)"])
        == "busy")
    other.rollBack()
    try connection.query("DROP TABLE \(table)")
    #expect(try code(connection, ["SELECT * FROM \(table)"]) == "notAStore")
    try fixture.server.query("DROP ROLE \(role)")
  }

  @Test("a transaction that waits for its program for too long is ended, and says so")
  func idleInTransaction() throws {
    let connection = try ConnectionFixture().connect()
    _ = try connection.run([
      .once("SELECT set_config('idle_in_transaction_session_timeout', '1', false)"), .once("BEGIN"),
    ])
    try blockUntil("the end of the connection") { !connection.checkIsAlive() }
    #expect(try failure { try connection.query("SELECT 1") }.isConnectionLost)
  }
}
