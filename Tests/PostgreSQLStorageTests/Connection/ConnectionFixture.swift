import PlanDomain
import PostgreSQLTestServer
import Testing

@testable import PostgreSQLStorage

/// Connections to a server of the tests.
struct ConnectionFixture {
  let server: PostgreSQLTestServer
  let library: PostgreSQLLibrary

  /// For the server that the tests share, unless another one is given.
  init(_ server: PostgreSQLTestServer? = PostgreSQLTestServer.shared) throws {
    self.server = try #require(server, "the server did not start")
    library = try PostgreSQLLibrary()
  }

  func connector(
    _ location: String? = nil, settings: [(name: String, value: String)] = [],
    responseTimeout: Duration = .seconds(600)
  ) throws -> PostgreSQLConnector {
    let location = try PostgreSQLLocation(location ?? server.location(schema: "unused"))
    return try PostgreSQLConnector(
      location, library: library, settings: settings, responseTimeout: responseTimeout)
  }

  /// A new connection whose name in the server's view of its connections is `application`.
  func connect(_ application: String = "planwright") throws -> PostgreSQLConnection {
    let location = server.location(schema: "unused", options: "&application_name=\(application)")
    return try connector(location).connect(within: .seconds(600))
  }

  func pool(
    limit: Int = 16, waitLimit: Duration = .seconds(600), application: String = "planwright"
  ) throws -> PostgreSQLPool {
    let location = server.location(schema: "unused", options: "&application_name=\(application)")
    return PostgreSQLPool(try connector(location), limit: limit, waitLimit: waitLimit)
  }

  /// A name that no other test uses, for applications and tables.
  func name() -> String { server.newSchema() }
}

extension PostgreSQLConnection {
  /// Runs one statement that is used once.
  @discardableResult
  func query(_ sql: String, _ values: PostgreSQLValue...) throws -> PostgreSQLRows {
    try #require(try run([.once(sql, values)]).first)
  }
}

extension PostgreSQLCommand {
  /// A command whose statement is named after its text.
  static func once(_ sql: String, _ values: [PostgreSQLValue] = []) -> PostgreSQLCommand {
    PostgreSQLCommand(PostgreSQLStatement("once \(sql.hashValue)", sql), values)
  }
}

/// The failure of commands that must fail.
func failure(_ call: () throws -> Void) throws -> PostgreSQLFailure {
  do { try call() } catch let error as PostgreSQLFailure { return error }
  throw ExpectedFailure()
}

private struct ExpectedFailure: Error {}
