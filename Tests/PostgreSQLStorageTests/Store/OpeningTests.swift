import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "Opening a store on PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct OpeningTests {
  private func server() throws -> PostgreSQLTestServer {
    try #require(PostgreSQLTestServer.shared, "the server did not start")
  }

  @Test("gives one engine to all locations of one schema, and another to each other schema")
  func identity() throws {
    let fixture = try StoreFixture()
    let other = fixture.server.newSchema()
    let again = try fixture.registry.open(
      fixture.location.replacing("postgresql://", with: "postgres://") + "&connect_timeout=30")
    let apart = try fixture.registry.open(fixture.server.location(schema: other))
    #expect(again.engine === fixture.store.engine)
    #expect(apart.engine !== fixture.store.engine)
    for store in [again, apart] { try store.close() }
    try fixture.storePlan(1)
  }

  @Test("creates the schema, runs its migrations once, and can be told not to")
  func migrations() throws {
    let (server, registry) = (try server(), PostgreSQLEngineRegistry())
    let location = server.location(schema: server.newSchema())
    expectCode(.cannotOpen) { _ = try registry.openExisting(location) }
    expectCode(.cannotOpen) { _ = try registry.open(location + "&migrate=false") }
    #expect(try registry.schema(location).current == 0)
    let supported = Migration.all.count
    let states = try race(4) { _ in Result { try registry.migrate(location) } }
    for state in states {
      #expect(try state.get() == SchemaState(current: supported, supported: supported, pending: []))
    }
    try registry.open(location + "&migrate=false").close()
    let store = try registry.openExisting(location)
    #expect(try store.schema().isUpToDate && store.migrate().isUpToDate)
    try store.close()
  }

  @Test("runs only the pending migrations of a store that exists")
  func pending() throws {
    let server = try server()
    let location = server.location(schema: server.newSchema())
    var probes = PostgreSQLEngine.Probes()
    try PostgreSQLEngineRegistry(probes: probes).open(location).close()
    let next = Migration(
      number: Migration.all.count + 1, name: "a table more",
      statements: ["CREATE TABLE more (number bigint)"])
    probes.migrations.append(next)
    let registry = PostgreSQLEngineRegistry(probes: probes)
    #expect(try registry.schema(location).pending == ["a table more"])
    expectCode(.readOnly) { _ = try registry.openReadOnly(location) }
    try registry.open(location).close()
    #expect(try registry.schema(location).isUpToDate)
    // For the software before, the store is one of a newer version.
    expectCode(.schemaTooNew) { _ = try PostgreSQLEngineRegistry().open(location) }
  }

  @Test("refuses a schema with other migrations or of another application, and changes nothing")
  func foreign() throws {
    let fixture = try StoreFixture()
    try fixture.store.close()
    let connection = try fixture.connect()
    try connection.query("UPDATE migration SET checksum = 'x' WHERE number = 1")
    expectCode(.corrupt) { _ = try fixture.registry.open(fixture.location) }
    try connection.query("DROP TABLE migration")
    expectCode(.notAStore) { _ = try fixture.registry.open(fixture.location) }
    #expect(throws: StorageError.self) {
      _ = try fixture.registry.open(fixture.server.location(schema: "public"))
    }
  }

  @Test("tells a role that may not create anything what an administrator must run")
  func permissions() throws {
    let server = try server()
    let (schema, role) = (server.newSchema(), server.newSchema())
    _ = try server.query("CREATE ROLE \(role) LOGIN")
    let location = server.location(schema: schema, user: role)
    let registry = PostgreSQLEngineRegistry()
    do {
      _ = try registry.open(location)
      Issue.record("the role may create a schema")
    } catch let error as StorageError {
      #expect(error.code == .cannotOpen)
      let statement = "CREATE SCHEMA \(schema) AUTHORIZATION \(role)"
      #expect(error.advice == "as an administrator of the database, run: \(statement)")
      _ = try server.query(statement)
    }
    try registry.open(location).close()
  }

  // To such a role the tables seem to be missing.
  @Test("tells a role that may not use the schema what its owner must run, which is enough")
  func rights() throws {
    let fixture = try StoreFixture()
    let plan = try fixture.storePlan(1)
    let role = fixture.server.newSchema() + "-r"
    _ = try fixture.server.query("CREATE ROLE \"\(role)\" LOGIN")
    let location = fixture.server.location(schema: fixture.schema, user: role)
    for isUsable in [false, true] {
      do {
        _ = try fixture.registry.open(location)
        Issue.record("the role may use the store")
      } catch let error as StorageError {
        #expect(error.code == .cannotOpen)
        #expect(error.reason.contains("may not use the schema") != isUsable)
        let advice = try #require(error.advice.split(separator: "run: ").last)
        for statement in advice.split(separator: " (s:")[0].split(separator: "; ") {
          let named = statement.replacing(" s ", with: " \(fixture.schema) ")
            .replacing(" r", with: " \"\(role)\"")
          _ = try fixture.server.query(String(named))
        }
      }
    }
    let store = try fixture.registry.open(location)
    try store.write { try $0.store(Fixture.plan(2, of: fixture.action)) }
    #expect(try store.read { try $0.plan(plan.id) } == plan)
    #expect(try store.integrityCheck().problems == [])
    try store.close()
  }

  @Test("for reading only writes nothing, and refuses to")
  func readOnly() throws {
    let fixture = try StoreFixture()
    let plan = try fixture.storePlan(1)
    let reader = try fixture.registry.openReadOnly(fixture.location)
    #expect(try reader.read { try $0.plan(plan.id) } == plan)
    #expect(try reader.read { try $0.feedState().latest } == 1)
    expectCode(.readOnly) { try reader.write { _ in } }
    try reader.close()
  }

  @Test("describes its server, its options and how its connections are protected")
  func info() throws {
    let fixture = try StoreFixture()
    let info = try fixture.store.info()
    #expect(info.library == "PostgreSQL" && info.schemaVersion == Migration.all.count)
    #expect(info.options["schema"] == fixture.schema && info.options["encryption"] == "none")
    #expect(info.databaseBytes > 0)
    // The server of the tests does not wait for the disk.
    #expect(info.warnings.contains { $0.hasPrefix("fsync or full_page_writes is off") })
    #expect(try fixture.store.integrityCheck().problems == [])
  }
}
