import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "The feed of a store on PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound),
  .dedicatedThread)
struct FeedOrderTests {
  /// A transaction that has taken a position of the feed for a stored plan, and is not committed.
  private func beginAppending(
    _ plan: Plan, _ fixture: StoreFixture
  ) throws -> PostgreSQLConnection {
    let connection = try fixture.connect()
    let event = try Sample.event(plan.id, 2)
    _ = try connection.run([
      PostgreSQLCommand(SQL.beginWriting),
      PostgreSQLCommand(
        SQL.beginAppending, [.int(fixture.keys.number), .int(fixture.keys.positions)]),
      PostgreSQLCommand(SQL.insertEvent, event.values + [.null]),
    ])
    return connection
  }

  // Without the marks, the reader's cursor is past the position of the late commit.
  @Test("waits with later events for a transaction that took an earlier position and commits late")
  func lateCommit() throws {
    let fixture = try StoreFixture()
    let first = try fixture.storePlan(1)
    let seen = try fixture.feed()
    #expect(seen.map(\.event.plan) == [first.id])
    let late = try beginAppending(first, fixture)
    for number in 2...9 as ClosedRange<UInt64> { try fixture.storePlan(number) }
    #expect(try fixture.feed(after: seen[0].cursor.position).isEmpty)
    let latest = try fixture.store.read { try $0.feedState().latest }
    #expect(latest == seen[0].cursor.position)
    _ = try late.run([PostgreSQLCommand(SQL.commit)])
    let rest = try fixture.feed(after: latest)
    #expect(rest.count == 9)
    #expect(rest.first?.event.plan == first.id && rest.first?.event.sequence == 2)
    #expect(rest.map(\.cursor) == rest.map(\.cursor).sorted())
  }

  @Test("goes on when a transaction that took a position is rolled back or loses its connection")
  func abandoned() throws {
    let fixture = try StoreFixture()
    let first = try fixture.storePlan(1)
    for isLost in [false, true] {
      let before = try fixture.feed().count
      let late = try beginAppending(first, fixture)
      try fixture.storePlan(isLost ? 11 : 12)
      #expect(try fixture.feed().count == before)
      if isLost { late.close() } else { late.rollBack() }
      // The server notices the end of a connection by itself.
      try blockUntil("the mark to be gone") { try fixture.feed().count == before + 1 }
    }
  }

  // Without the lock of the positions, the mark of a writer that was interrupted between reading the
  // highest position and setting its mark lies below what was returned before.
  @Test("never goes back to an earlier horizon while writers take positions")
  func horizonGrows() throws {
    let fixture = try StoreFixture()
    let writers = Locked(3)
    let results = try race(4) { thread in
      Result<Void, any Error> {
        if thread > 0 {
          defer { writers.withLock { $0 -= 1 } }
          for number in 0..<60 as Range<UInt64> {
            try fixture.storePlan(UInt64(thread) * 1_000 + number)
          }
          return
        }
        let connection = try fixture.connect()
        var horizon: Int64 = 0
        while writers.withLock({ $0 }) > 0 {
          let next = try connection.rows(
            "reading", SQL.feedHorizon, [.int(fixture.keys.number), .int(fixture.keys.positions)]
          ).int(0, 0)
          guard next >= horizon else { throw TestError("from \(horizon) back to \(next)") }
          horizon = next
        }
      }
    }
    for result in results { try result.get() }
  }

  @Test("is whole in a read that compares it with plans, also beside a transaction that is late")
  func wholeReads() throws {
    let fixture = try StoreFixture()
    let first = try fixture.storePlan(1)
    let late = try beginAppending(first, fixture)
    try fixture.storePlan(2)
    let began = Latch<Void>()
    let results = try race(2) { thread in
      Result<(Int, Int), any Error> {
        if thread == 0 {
          // The read waits for the transaction, so this must come from another thread.
          try began.wait(for: "the read to begin")
          try blockUntil("the read to wait") {
            try fixture.connect().query(
              "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            ).count > 0
          }
          _ = try late.run([PostgreSQLCommand(SQL.commit)])
          return (0, 0)
        }
        return try fixture.store.read { session in
          began.open(with: ())
          let counts = try session.counts(in: .all).total
          return (counts, try session.events(after: .start, limit: 99).count)
        }
      }
    }
    let (plans, events) = try results[1].get()
    _ = try results[0].get()
    #expect(plans == 2 && events == 3)
  }
}
