import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A standby of the server", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct StandbyTests {
  // A standby has no locks of the primary, so a reader of its feed would miss late commits.
  @Test("is refused, left for the primary where both are named, and a copy when it is promoted")
  func refused() throws {
    let primary = try PostgreSQLTestServer()
    defer { primary.close() }
    let fixture = try StoreFixture(primary)
    let standby = try primary.makeSynchronousStandby()
    defer { standby.close() }
    try fixture.storePlan(1)
    let direct = standby.location(schema: fixture.schema)
    for registry in [fixture.registry, PostgreSQLEngineRegistry()] {
      expectCode(.readOnly) { _ = try registry.open(direct) }
      expectCode(.readOnly) { _ = try registry.openReadOnly(direct) }
    }
    let both = PostgreSQLTestServer.location(of: [standby, primary], schema: fixture.schema)
    let store = try fixture.registry.open(both)
    #expect(store.engine === fixture.store.engine)
    try store.close()
    try primary.set("synchronous_standby_names", to: "")
    try standby.promote()
    // It has the same identifiers as the server that is open already.
    expectCode(.conflictingOpen) { _ = try fixture.registry.open(direct) }
    let copy = try PostgreSQLEngineRegistry().open(direct)
    #expect(try copy.read { try $0.counts(in: .all).total } == 1)
    try copy.close()
    try fixture.store.close()
  }
}
