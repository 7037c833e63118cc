import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "Units of work on PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct ConcurrencyTests {
  @Test("that claim do not wait for one that changes another plan, and leave that plan out")
  func claims() throws {
    let fixture = try StoreFixture()
    let (held, free) = (try fixture.storePlan(1), try fixture.storePlan(2))
    let (isHeld, isClaimed) = (Latch<Void>(), Latch<Void>())
    let results = try race(2) { thread in
      Result<[Plan.ID], any Error> {
        if thread == 0 {
          return try fixture.store.write { work in
            _ = try work.plan(held.id)
            isHeld.open(with: ())
            try isClaimed.wait(for: "the claim to be committed")
            return []
          }
        }
        defer { isClaimed.open(with: ()) }
        try isHeld.wait(for: "the plan to be held")
        return try fixture.store.write { work in
          try work.readyPlans(for: [held.actor], at: .latest, limit: 9).map(\.id)
        }
      }
    }
    #expect(try results[1].get() == [free.id])
    _ = try results[0].get()
  }

  @Test("that want the same two plans in opposite orders both succeed")
  func deadlock() throws {
    let fixture = try StoreFixture()
    let plans = [try fixture.storePlan(1), try fixture.storePlan(2)]
    let haveFirst = [Latch<Void>(), Latch<Void>()]
    let results = try race(2) { thread in
      Result<Void, any Error> {
        try fixture.store.write { work in
          let order = thread == 0 ? plans : plans.reversed()
          for (index, plan) in order.enumerated() {
            guard let stored = try work.plan(plan.id) else { throw TestError("not stored") }
            if index == 0 {
              haveFirst[thread].open(with: ())
              try haveFirst[1 - thread].wait(for: "the other one to have its first plan")
            }
            let next = try Sample.progress(.strategizeQueued, version: stored.version + 1)
            try work.save(stored.with(next), replacing: stored)
          }
        }
      }
    }
    for result in results { try result.get() }
    for plan in plans {
      #expect(try fixture.store.read { try $0.plan(plan.id)?.version } == plan.version + 2)
    }
  }

  @Test("are repeated when their connection ends before the commit")
  func lostConnection() throws {
    let fixture = try StoreFixture()
    let made = Fixture.plan(1, of: fixture.action)
    let runs = Locked(0)
    try fixture.store.write { work in
      _ = try work.action(fixture.action.name)
      let isFirst = runs.withLock { runs in
        runs += 1
        return runs == 1
      }
      if isFirst {
        _ = try fixture.server.query(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = '\(fixture.schema)' AND state = 'idle in transaction'
          """)
      }
      try work.store(made)
    }
    #expect(runs.withLock { $0 } == 2)
    #expect(try fixture.store.read { try $0.events(after: .start, limit: 9).count } == 1)
  }

  @Test("leave no plan behind one whose row cannot be read")
  func unreadable() throws {
    let fixture = try StoreFixture()
    let (bad, good) = (try fixture.storePlan(1), try fixture.storePlan(2))
    let connection = try fixture.connect()
    try connection.query("UPDATE plan SET epoch = -1::bigint << 62 WHERE id = $1", .id(bad.id))
    let found = try fixture.store.write { work in
      try work.readyPlans(for: [bad.actor], at: .latest, limit: 9, excluding: [])
    }
    #expect(found.plans.map(\.id) == [good.id])
    #expect(found.unreadable.map(\.id) == [bad.id])
    #expect(found.unreadable.map(\.error.code) == [.corrupt])
  }
}

extension Timestamp {
  /// The latest representable time.
  fileprivate static let latest = Timestamp(microseconds: .max)
}
