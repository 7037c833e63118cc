import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite("A store on PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct StoreUseTests {
  private typealias Outcome = Latch<Result<Void, any Error>>

  @Test("runs queued units of work, takes back those that have not begun, and closes after them")
  func submitting() throws {
    let fixture = try StoreFixture(options: "&connections=1")
    let (store, plan) = (fixture.store, Fixture.plan(1, of: fixture.action))
    let (began, mayEnd) = (Latch<Void>(), Latch<Void>())
    let outcomes = (0..<4).map { _ in Outcome() }
    _ = store.submit({ work in
      began.open(with: ())
      try mayEnd.wait(for: "the others to be queued")
      try work.store(plan)
    }) { outcomes[0].open(with: $0) }
    try began.wait(for: "the first body to begin")
    _ = store.submit({ _ in throw TestError("refused") }) { outcomes[1].open(with: $0) }
    store.submit({ _ in }) { outcomes[2].open(with: $0) }.cancel()
    #expect(throws: CancellationError.self) { try outcomes[2].wait(for: "the cancellation").get() }
    mayEnd.open(with: ())
    try outcomes[0].wait(for: "the first unit of work").get()
    #expect(throws: TestError.self) { try outcomes[1].wait(for: "the second one").get() }
    #expect(try store.read { try $0.plan(plan.plan.id) } == plan.plan)
    try store.close()
    _ = store.submit({ _ in }) { outcomes[3].open(with: $0) }
    expectCode(.closed) { try outcomes[3].wait(for: "the refusal").get() }
    expectCode(.closed) { try store.write { _ in } }
    #expect(!store.onNextWrite {})
  }

  @Test("tells who waits of the next commit, of this process and of another one")
  func signals() throws {
    let fixture = try StoreFixture()
    // With a registry of its own, as another process.
    let other = try PostgreSQLEngineRegistry().open(fixture.location)
    let reader = try fixture.registry.openReadOnly(fixture.location)
    let (own, foreign) = (Latch<Void>(), Latch<Void>())
    #expect(fixture.store.onNextWrite { own.open(with: ()) })
    #expect(other.onNextWrite { foreign.open(with: ()) })
    let byReader = Latch<Void>()
    #expect(reader.onNextWrite { byReader.open(with: ()) })
    try fixture.storePlan(1)
    try own.wait(for: "the store's own commit to be told")
    try byReader.wait(for: "the commit to be told to the reader")
    try foreign.wait(for: "the commit of the other to be told")
    let ended = Latch<Void>()
    #expect(other.onNextWrite { ended.open(with: ()) })
    try other.close()
    try ended.wait(for: "the end to be told")
    try reader.close()
  }

  @Test("describes itself to readers too, and warns where acknowledged work can be lost")
  func description() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    try server.set("synchronous_commit", to: "off")
    let fixture = try StoreFixture(server)
    let reader = try fixture.registry.openReadOnly(fixture.location)
    let info = try reader.info()
    #expect(info.options["synchronous_commit"] == "off")
    #expect(info.warnings.contains { $0.hasPrefix("synchronous_commit is off") })
    #expect(info.warnings.contains { $0.hasPrefix("fsync or full_page_writes is off") })
    #expect(reader.traits == fixture.store.traits)
    #expect(try reader.integrityCheck(quick: true).problems.isEmpty)
    #expect(try reader.integrityCheck().problems.isEmpty)
    expectCode(.readOnly) { try reader.write { _ in } }
    try reader.close()
  }

  @Test("is not made in a database of another encoding")
  func encoding() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    try server.query(
      "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    let location = server.location(schema: "plans").replacing("/postgres?", with: "/latin?")
    expectCode(.unsupported) { _ = try PostgreSQLEngineRegistry().open(location) }
  }
}
