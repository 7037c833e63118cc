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
        SQL.beginAppending, [.int(fixture.keys.marks), .int(fixture.keys.positions), .int(1)]),
      PostgreSQLCommand(SQL.insertEvent, event.values + [.null, .int(0)]),
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
            "reading", SQL.feedHorizon, [.int(fixture.keys.marks), .int(fixture.keys.positions)]
          ).int(0, 0)
          guard next >= horizon else { throw TestError("from \(horizon) back to \(next)") }
          horizon = next
        }
      }
    }
    for result in results { try result.get() }
  }

  // With the shared lock, the mark of another writer can lie between the positions.
  @Test("gives a unit of work several positions only while no other one takes any")
  func severalPositions() throws {
    let fixture = try StoreFixture()
    let (holder, taker) = (try fixture.connect(), try fixture.connect())
    let keys = fixture.keys
    _ = try holder.query("SELECT pg_advisory_lock_shared($1)", .int(keys.positions))
    func take(_ count: Int) throws {
      defer { taker.rollBack() }
      _ = try taker.run([
        .once("BEGIN"), .once("SET LOCAL lock_timeout = 1"),
        PostgreSQLCommand(
          SQL.beginAppending, [.int(keys.marks), .int(keys.positions), .int(count)]),
      ])
    }
    try take(1)
    #expect(try failure { try take(2) }.sqlState == "55P03")
  }

  @Test("shows the events of a unit of work all at once, or none")
  func wholeUnits() throws {
    let fixture = try StoreFixture()
    let writers = Locked(3)
    let perUnit = 20
    let results = try race(4) { thread in
      Result<Void, any Error> {
        if thread > 0 {
          defer { writers.withLock { $0 -= 1 } }
          for number in 0..<30 as Range<UInt64> {
            let made = Fixture.plan(UInt64(thread) * 1_000 + number, of: fixture.action)
            try fixture.store.write { work in
              try work.store(made)
              for sequence in 2...perUnit {
                try work.append(try Sample.event(made.plan.id, sequence))
              }
            }
          }
          return
        }
        var cursor = EventCursor.start
        while true {
          let isLast = writers.withLock { $0 } == 0
          let found = try fixture.feed(after: cursor.position)
          for (plan, events) in Dictionary(grouping: found, by: \.event.plan) {
            guard events.count == perUnit else {
              throw TestError("\(events.count) events of \(plan) at once")
            }
          }
          cursor = found.last?.cursor ?? cursor
          if isLast { return }
        }
      }
    }
    for result in results { try result.get() }
  }

  @Test("shows events that are read before the commit together with those after them")
  func readInBetween() throws {
    let fixture = try StoreFixture()
    let made = Fixture.plan(1, of: fixture.action)
    let other = try fixture.storePlan(2)
    try fixture.store.write { work in
      try work.store(made)
      #expect(try work.events(of: made.plan.id, after: 0, limit: 9).count == 1)
      try work.append(try Sample.event(made.plan.id, 2))
    }
    let feed = try fixture.feed()
    #expect(feed.map(\.event.plan) == [other.id, made.plan.id, made.plan.id])
    #expect(feed.map(\.event.sequence) == [1, 1, 2])
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
