import Foundation
import PlanDomain
import PlanStorageContract
import PostgreSQLTestServer
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "Connecting to PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct ConnectorTests {
  /// The error of connecting to this location once.
  private func refusal(_ fixture: ConnectionFixture, _ location: String) throws -> StorageError? {
    do {
      _ = try fixture.connector(location).connect(within: .seconds(600))
      return nil
    } catch let error as StorageError {
      return error
    }
  }

  @Test("a wrong password is an error of its own, and is in no text")
  func wrongPassword() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let fixture = try ConnectionFixture(server)
    try server.query("CREATE ROLE guarded LOGIN PASSWORD 'right-one'")
    try server.demandPassword(of: "guarded")
    for password in ["hidden-one", nil] {
      let location = server.location(schema: "a", user: "guarded", password: password)
      let error = try #require(try refusal(fixture, location))
      #expect(error.code == .cannotOpen && error.reason.contains("28P01"))
      #expect(!error.description.contains("hidden-one"), "\(error)")
    }
    let right = server.location(schema: "a", user: "guarded", password: "right-one")
    #expect(try refusal(fixture, right) == nil)
  }

  @Test("an unknown database, an unknown role and a server that is not there are told apart")
  func refusals() throws {
    let fixture = try ConnectionFixture()
    let location = fixture.server.location(schema: "a")
    let database = location.replacing("/postgres?", with: "/missing?")
    #expect(try refusal(fixture, database)?.reason.contains("3D000") == true)
    let role = fixture.server.location(schema: "a", user: "missing")
    #expect(try refusal(fixture, role)?.reason.contains("28000") == true)
    let nobody = try ScratchDirectory()
    let away = try refusal(fixture, "postgresql:///postgres?host=\(nobody.url.path)")
    #expect(away?.code == .unavailable && away?.description.contains(".s.PGSQL.5432") == true)
  }

  @Test("the first server that takes connections is used, in the order of the location")
  func severalServers() throws {
    let fixture = try ConnectionFixture()
    let nobody = try ScratchDirectory()
    let location = fixture.server.location(schema: "a")
      .replacing("host=/", with: "host=\(nobody.url.path),/")
    #expect(try refusal(fixture, location) == nil)
  }

  @Test("each connection has the settings of its store")
  func settings() throws {
    let fixture = try ConnectionFixture()
    let connector = try fixture.connector(
      settings: [("search_path", "\"my schema\""), ("statement_timeout", "12345")])
    let connection = try connector.connect(within: .seconds(600))
    #expect(try connection.query("SHOW search_path").text(0, 0) == "\"my schema\"")
    #expect(try connection.query("SHOW statement_timeout").text(0, 0) == "12345ms")
    #expect(try connection.query("SHOW client_encoding").text(0, 0) == "UTF8")
    #expect(connection.serverVersion >= 130_000 && connection.encryption == nil)
    let process = try connection.query("SELECT pg_backend_pid()").int(0, 0)
    #expect(Int(process) == connection.backend)
  }

  @Test("a server that was reached before and restarts is waited for")
  func restart() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let connector = try ConnectionFixture(server).connector()
    let first = try connector.connect(within: .seconds(600))
    try server.stop(.immediate)
    try blockUntil("the end of the connection") { !first.checkIsAlive() }
    let thread = DedicatedThread {
      let connection = try connector.connect(within: .seconds(600))
      try connection.query("SELECT 1")
    }
    try server.start()
    try thread.join()
  }

  @Test("waiting for a server ends at the deadline, and when it is cancelled")
  func deadline() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let connector = try ConnectionFixture(server).connector()
    try connector.connect(within: .seconds(600)).close()
    try server.stop()
    #expect(errorCode { try connector.connect(within: .milliseconds(50)) } == "unavailable")
    #expect(errorCode { try connector.connect(within: .seconds(600)) { true } } == "unavailable")
  }

  // Let an attempt wait for its deadline, and this test takes ten minutes.
  @Test("an attempt at a server that does not answer ends when it is cancelled")
  func silentServer() throws {
    let silent = try SilentServer()
    let connector = try ConnectionFixture().connector(
      "postgresql:///postgres?host=\(silent.folder)&connect_timeout=600")
    let isCancelled = Atomic(false)
    let thread = DedicatedThread {
      #expect(
        errorCode {
          try connector.connect(within: .seconds(600)) { isCancelled.load(ordering: .relaxed) }
        } == "unavailable")
    }
    try silent.waitForClient()
    isCancelled.store(true, ordering: .relaxed)
    try thread.join()
  }

  @Test("a server without a free connection says so, and is waited for")
  func tooManyConnections() throws {
    var options = PostgreSQLTestServer.Options()
    options.settings = ["max_connections": "5", "superuser_reserved_connections": "1"]
    let server = try PostgreSQLTestServer(options)
    defer { server.close() }
    let fixture = try ConnectionFixture(server)
    try server.query("CREATE ROLE ordinary LOGIN")
    let connector = try fixture.connector(server.location(schema: "a", user: "ordinary"))
    var taken: [PostgreSQLConnection] = []
    for _ in 0..<4 { taken.append(try connector.connect(within: .seconds(600))) }
    // An attempt that is cancelled may end before the server has answered.
    try blockUntil("the server to refuse a fifth connection") {
      do {
        _ = try connector.connect(within: .seconds(600)) { true }
        throw TestError("a fifth connection was opened")
      } catch let error as StorageError {
        #expect(error.code == .unavailable)
        return error.reason.contains("53300")
      }
    }
    let thread = DedicatedThread { try connector.connect(within: .seconds(600)).close() }
    taken[0].close()
    try thread.join()
  }
}
