import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

/// What becomes of a unit of work whose connection is lost during its commit.
@Suite(
  "A commit whose answer is lost", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct LostCommitTests {
  /// Lets the server end the connection when a transaction that wrote to this table commits.
  private func endConnectionsAtCommit(_ table: String, _ fixture: StoreFixture) throws {
    let connection = try fixture.connect()
    defer { connection.close() }
    try connection.query("CREATE SEQUENCE losses")
    // Only the first time: the sequence counts also what is rolled back.
    try connection.query(
      """
      CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('losses') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
      RETURN NULL; END $$
      """)
    try connection.query(
      """
      CREATE CONSTRAINT TRIGGER lost AFTER INSERT OR UPDATE ON \(table) DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION lose()
      """)
  }

  @Test(
    "is found to be rolled back, and the body is run again", arguments: ["event", "unit_of_work"])
  func rolledBack(table: String) throws {
    let fixture = try StoreFixture()
    try endConnectionsAtCommit(table, fixture)
    let runs = Locked(0)
    let made = Fixture.plan(1, of: fixture.action)
    try fixture.store.write { work in
      runs.withLock { $0 += 1 }
      try work.insert(made.plan)
      if table == "event", let event = made.event { try work.append(event) }
    }
    #expect(runs.withLock { $0 } == 2)
    let found = try fixture.store.read { session in
      (try session.counts(in: .all).total, try session.events(after: .start, limit: 9).count)
    }
    #expect(found == (1, table == "event" ? 1 : 0))
  }

  @Test("is found to be committed, and the body is not run again", arguments: [true, false])
  func committed(hasEvents: Bool) throws {
    // A commit waits for a standby that does not exist; it has happened when it begins to wait.
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let fixture = try StoreFixture(server)
    try server.set("synchronous_standby_names", to: "nobody")
    let runs = Locked(0)
    let made = Fixture.plan(1, of: fixture.action)
    let results = try race(2) { thread in
      Result<Void, any Error> {
        if thread == 1 {
          try blockUntil("the commit to wait for the standby") {
            try server.query(
              "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            ) == ["1"]
          }
          try server.set("synchronous_standby_names", to: "")
          _ = try server.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'
            """)
          return
        }
        try fixture.store.write { work in
          runs.withLock { $0 += 1 }
          try work.insert(made.plan)
          if hasEvents, let event = made.event { try work.append(event) }
        }
      }
    }
    for result in results { try result.get() }
    #expect(runs.withLock { $0 } == 1)
    #expect(try fixture.store.read { try $0.plan(made.plan.id) } == made.plan)
    try fixture.store.close()
  }

  // Without the second commit, the caller hears of success while only one server has the plan.
  // A cancelled wait is a success with a warning.
  @Test(
    "is acknowledged only when the synchronous standby has it", arguments: [true, false],
    ["pg_terminate_backend", "pg_cancel_backend"])
  func replicated(hasEvents: Bool, ending: String) throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let fixture = try StoreFixture(server)
    try server.set("synchronous_standby_names", to: "nobody")
    let isAcknowledged = Locked(false)
    let made = Fixture.plan(1, of: fixture.action)
    @Sendable func waiting() throws -> [String] {
      try server.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    }
    let results = try race(2) { thread in
      Result<Void, any Error> {
        if thread == 1 {
          try blockUntil("the commit to wait for the standby") { try waiting().count == 1 }
          let first = try waiting()
          _ = try server.query("SELECT \(ending)(\(first[0]))")
          try blockUntil("another commit to wait") { try waiting().contains { $0 != first[0] } }
          #expect(!isAcknowledged.withLock { $0 })
          try server.set("synchronous_standby_names", to: "")
          return
        }
        try fixture.store.write { work in
          try work.insert(made.plan)
          if hasEvents, let event = made.event { try work.append(event) }
        }
        isAcknowledged.withLock { $0 = true }
      }
    }
    for result in results { try result.get() }
    #expect(try fixture.store.read { try $0.plan(made.plan.id) } == made.plan)
    try fixture.store.close()
  }
}
