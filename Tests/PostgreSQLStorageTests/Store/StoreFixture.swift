import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import Testing

@testable import PostgreSQLStorage

/// A store in a schema of its own on a server of the tests, with one action.
struct StoreFixture {
  let server: PostgreSQLTestServer
  let schema: String
  let registry: PostgreSQLEngineRegistry
  let store: PostgreSQLStore
  let action: Action

  /// On the server that the tests share, unless another one is given.
  init(
    _ server: PostgreSQLTestServer? = PostgreSQLTestServer.shared,
    probes: PostgreSQLEngine.Probes = PostgreSQLEngine.Probes(), options: String = ""
  ) throws {
    let server = try #require(server, "the server did not start")
    self.server = server
    schema = server.newSchema()
    registry = PostgreSQLEngineRegistry(probes: probes)
    store = try registry.open(
      server.location(schema: schema, options: "&application_name=\(schema)" + options))
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    try store.write { try $0.insert(action) }
    self.action = action
  }

  var location: String { server.location(schema: schema) }

  /// A connection to the schema that does not belong to the store.
  func connect() throws -> PostgreSQLConnection {
    let connector = try PostgreSQLConnector(
      try PostgreSQLLocation(server.location(schema: schema)), library: try PostgreSQLLibrary(),
      settings: [("search_path", schema)], responseTimeout: .seconds(600))
    return try connector.connect(within: .seconds(600))
  }

  /// Stores a new plan with its event in a unit of work.
  @discardableResult
  func storePlan(_ number: UInt64) throws -> Plan {
    let made = Fixture.plan(number, of: action)
    try store.write { try $0.store(made) }
    return made.plan
  }

  /// The plans of the events that a reader of the feed sees after this position.
  func feed(after position: Int64 = 0) throws -> [RecordedEvent] {
    try store.read { try $0.events(after: EventCursor(position: position), limit: 10_000) }
  }

  /// The keys of a store in this schema.
  var keys: StoreKeys { store.engine.keys }
}

func expectCode(
  _ code: StorageError.Code, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  #expect(sourceLocation: sourceLocation) {
    try body()
  } throws: { error in
    (error as? StorageError)?.code == code
  }
}
