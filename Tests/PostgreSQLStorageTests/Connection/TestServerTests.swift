import Foundation
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLTestServer

@Suite(
  "The server of the tests", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct TestServerTests {
  @Test("ends, and its folder is removed, when the process that uses it is gone")
  func processIsGone() throws {
    let server = try PostgreSQLTestServer()
    #expect(FileManager.default.fileExists(atPath: server.folder))
    // The system closes the pipe of a process that is killed, as this does.
    server.guardian.end()
    #expect(!FileManager.default.fileExists(atPath: server.folder))
    try blockUntil("the server to end") { !server.isRunning }
  }

  @Test("keeps what was committed when it is stopped like in a crash")
  func crash() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    try server.query("CREATE TABLE kept AS SELECT 7 AS a")
    for mode in [PostgreSQLTestServer.StopMode.immediate, .fast] {
      try server.restart(mode)
      #expect(try server.query("SELECT a FROM kept") == ["7"])
    }
  }

  @Test("has a standby with every commit, which can be promoted")
  func standby() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let standby = try server.makeSynchronousStandby()
    defer { standby.close() }
    try server.query("CREATE TABLE kept AS SELECT 7 AS a")
    try server.stop(.immediate)
    try standby.promote()
    #expect(try standby.query("SELECT a FROM kept") == ["7"])
    try standby.query("INSERT INTO kept VALUES (8)")
    #expect(try standby.query("SELECT sum(a) FROM kept") == ["15"])
  }

  @Test("takes connections by TCP when it is asked to")
  func network() throws {
    var options = PostgreSQLTestServer.Options()
    options.listensOnTCP = true
    let server = try PostgreSQLTestServer(options)
    defer { server.close() }
    let words = ["-h", "127.0.0.1", "-p", "\(server.port)", "-U", "postgres", "-X", "-A", "-t"]
    let printed = try server.installation.run(
      "psql", words + ["-c", "SELECT 7", "postgres"], in: server.folder)
    #expect(printed == "7\n")
  }
}
