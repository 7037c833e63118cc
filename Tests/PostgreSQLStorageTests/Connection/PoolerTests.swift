import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A pooler in front of the server", .enabled(if: TestPooler.isFound), .dedicatedThread)
struct PoolerTests {
  private func check(_ mode: TestPooler.Mode) throws -> String? {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let pooler = try TestPooler(server, mode: mode)
    defer { pooler.close() }
    let connector = try ConnectionFixture(server).connector(
      pooler.location(schema: "a"), settings: [("search_path", "a")])
    let code = errorCode {
      for _ in 0..<2 { try PoolerCheck(connector: connector).check(within: .seconds(600)) }
    }
    // Others may get the sessions that the check had.
    let next = try connector.connect(within: .seconds(600), isBare: true)
    defer { next.close() }
    let setting = try next.rows("reading", PostgreSQLStatement("setting", "SHOW search_path"))
    #expect(try setting.text(0, 0) != "a")
    return code
  }

  @Test("is refused in transaction mode")
  func transactionMode() throws {
    #expect(try check(.transaction) == "unsupported")
  }

  @Test("works in session mode")
  func sessionMode() throws {
    #expect(try check(.session) == nil)
  }
}

@Suite(
  "A server without a pooler", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct NoPoolerTests {
  @Test("is not taken for a pooler")
  func direct() throws {
    let connector = try ConnectionFixture().connector()
    try PoolerCheck(connector: connector).check(within: .seconds(600))
  }
}
