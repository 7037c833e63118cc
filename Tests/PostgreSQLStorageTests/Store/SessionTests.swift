import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

/// What a store does with the sessions of its server.
@Suite(
  "Sessions of a store on PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound),
  .dedicatedThread)
struct SessionTests {
  @Test("read a plan or a page with one message")
  func roundTrips() throws {
    let fixture = try StoreFixture()
    let plan = try fixture.storePlan(1)
    let link = try TestLink(to: fixture.server)
    // Has no connection that tells of commits.
    let store = try PostgreSQLEngineRegistry().openReadOnly(link.location(schema: fixture.schema))
    let reads: [(String, @Sendable (any ReadSession) throws -> Int)] = [
      ("a plan", { try $0.plan(plan.id) == nil ? 0 : 1 }),
      ("a page", { try $0.plans(matching: PlanQuery()).rows.count }),
    ]
    for (name, read) in reads {
      var isOne = false
      // The first prepares the statement. Connections that were closed before may still say so in one
      // of the next.
      for attempt in 0..<20 where !isOne {
        if attempt > 0 { link.interrupt(after: 1, .toServer) { true } }
        let found = Locked(0)
        try store.read { session in
          let count = try read(session)
          found.withLock { $0 = count }
        }
        #expect(found.withLock { $0 } == 1, "\(name)")
        isOne = attempt > 0 && link.forgetInterruption()
      }
      #expect(isOne, "\(name) took more than one message")
    }
    try store.close()
  }

  // A lock of the session that a failed function leaves would stop the readers of the feed for ever.
  @Test("hold no lock after a failure")
  func locksAfterFailure() throws {
    let connection = try ConnectionFixture().connect()
    let lock = PostgreSQLCommand(SQL.takeKey, [.int(77)])
    for isInTransaction in [true, false] {
      let begin = isInTransaction ? [PostgreSQLCommand.once("BEGIN")] : []
      _ = try failure { _ = try connection.run(begin + [lock, .once("SELECT 1 / 0")]) }
      connection.rollBack()
      #expect(connection.transactionState == .idle)
      #expect(
        try connection.query(
          "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        ).isEmpty)
    }
  }

  // Others wait for the locks of a program that is frozen or whose machine is gone.
  @Test("end when their program is silent in a transaction, no later than the server wants")
  func silence() throws {
    for (given, expected) in [("0", "30s"), ("5000", "5s"), ("90000", "30s")] {
      let fixture = try StoreFixture(
        options: "&options=-c%20idle_in_transaction_session_timeout%3D\(given)")
      let limit = try fixture.store.engine.using("reading") { connection in
        try connection.query("SHOW idle_in_transaction_session_timeout")
      }
      #expect(try limit.text(0, 0) == expected)
    }
  }

  @Test("that were silent for too long fail the unit of work, which is not run again")
  func slowBody() throws {
    let fixture = try StoreFixture(options: "&connections=1")
    let plan = try fixture.storePlan(1)
    let session = try fixture.store.engine.using("testing") { connection in
      try connection.query("SELECT set_config('idle_in_transaction_session_timeout', '1', false)")
      return connection.backend
    }
    let runs = Locked(0)
    expectCode(.busy) {
      try fixture.store.write { work in
        runs.withLock { $0 += 1 }
        _ = try work.plan(plan.id)
        try blockUntil("the server to end the session") {
          try fixture.server.query("SELECT 1 FROM pg_stat_activity WHERE pid = \(session)").isEmpty
        }
        _ = try work.children(of: plan.id, round: 1)
      }
    }
    #expect(runs.withLock { $0 } == 1)
    try fixture.storePlan(2)
  }

  // One that cancels the statements of all would end a reader of the feed that has done no harm.
  @Test("run a body once more when an administrator cancels a statement of it", arguments: [1, 2])
  func cancelled(times: Int) throws {
    let fixture = try StoreFixture()
    let plan = try fixture.storePlan(1)
    let cancel = PostgreSQLStatement(
      "cancel_self", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(600)")
    let runs = Locked(0)
    @Sendable func body(_ session: any ReadSession) throws {
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      let session = try #require(session as? PostgreSQLSession)
      if run <= times { _ = try session.rows("testing", cancel, []) }
      _ = try session.plan(plan.id)
    }
    let calls: [@Sendable () throws -> Void] = [
      { try fixture.store.write { try body($0) } }, { try fixture.store.read { try body($0) } },
    ]
    for call in calls {
      runs.withLock { $0 = 0 }
      if times == 1 { try call() } else { expectCode(.busy, call) }
      #expect(runs.withLock { $0 } == 2)
    }
  }

  @Test("see all that others have added meanwhile or nothing, also when they write nothing")
  func absence() throws {
    let fixture = try StoreFixture()
    let (first, second) = (
      Fixture.plan(1, of: fixture.action), Fixture.plan(2, of: fixture.action)
    )
    let other = try PostgreSQLEngineRegistry().open(fixture.location)
    let runs = Locked(0)
    let seen = Locked([Bool]())
    try fixture.store.write { work in
      let hasFirst = try work.plan(first.plan.id) != nil
      if runs.withLock({ runs in
        runs += 1
        return runs == 1
      }) {
        // On another store, as another process would.
        try other.write { try $0.store(first) }
        try other.write { try $0.store(second) }
      }
      let hasSecond = try work.plan(second.plan.id) != nil
      seen.withLock { $0 = [hasFirst, hasSecond] }
    }
    #expect(seen.withLock { $0 } == [true, true])
    try other.close()
  }

  @Test("know a parent without children")
  func childlessParent() throws {
    let fixture = try StoreFixture()
    let plan = try fixture.storePlan(1)
    try fixture.store.write { work in
      let (children, parent) = (
        try work.children(of: plan.id, round: 1), try work.plan(plan.id)
      )
      #expect(children.isEmpty && parent == plan)
    }
  }
}
