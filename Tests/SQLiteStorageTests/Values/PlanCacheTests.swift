import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// The writer's connection keeps plans at hand. Each of these fails when that which it is about is
// left out: to check whether other processes have written, to forget what was rolled back or removed.
@Suite("The plan cache of a SQLite writer", .dedicatedThread)
struct PlanCacheTests {
  private static let now = Timestamp(microseconds: 2_000)

  private func claim(_ plan: Plan, in work: any UnitOfWork) throws -> Plan {
    let transition = try plan.applying(
      .claim(LeaseOwner("somebody"), until: Self.now.adding(.seconds(60))), at: Self.now)
    try work.save(transition.plan, replacing: plan)
    if let event = transition.event { try work.append(event) }
    return transition.plan
  }

  @Test("holds what the writer wrote, and is emptied once another process has written")
  func others() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    // Two registries stand for two processes: neither knows of the other's engine.
    let (ours, theirs) = try (
      SQLiteEngineRegistry().open(path, .quick), SQLiteEngineRegistry().open(path, .quick)
    )
    let action = try AtomicPairs.action(in: ours)
    let made = Fixture.plan(1, of: action)
    try ours.write { try $0.store(made) }
    let claimed = try theirs.write { try claim(made.plan, in: $0) }
    #expect(try ours.write { try $0.plan(made.plan.id) } == claimed)
    expectCode(.staleWrite) { _ = try ours.write { try claim(made.plan, in: $0) } }
    // The sequence of the latest event is looked for as well.
    let token = try #require(claimed.leaseToken)
    let released = try claimed.applying(.release(token), at: Self.now)
    try ours.write { work in
      try work.save(released.plan, replacing: claimed)
      try work.append(try #require(released.event))
    }
    let events = try theirs.read { try $0.events(of: made.plan.id, after: 0, limit: 10) }
    #expect(events.map(\.command) == [.use, .claim, .release])
    try theirs.close()
    try ours.close()
  }

  @Test("drops what a rolled-back unit of work wrote, alone or in a batch")
  func takenBack() throws {
    let fixture = try WriteQueueFixture()
    let plan = Fixture.plan(0, of: fixture.action).plan
    try AtomicPairs.store(0, in: fixture.store, fixture.action)
    #expect(throws: TestError()) {
      try fixture.store.write { work in
        _ = try claim(plan, in: work)
        throw TestError()
      }
    }
    #expect(try fixture.store.write { try $0.plan(plan.id) } == plan)
    let outcomes = try fixture.inOneBatch(3) { number in
      try fixture.store.write { work in
        #expect(try work.plan(plan.id) == plan)
        if number == 1 {
          _ = try claim(plan, in: work)
          throw TestError()
        }
        try AtomicPairs.pair(UInt64(number + 1), in: work, fixture.action)
      }
    }
    #expect(WriteQueueFixture.acknowledged(outcomes) == [0, 2])
    try fixture.store.write { _ = try claim(plan, in: $0) }
    #expect(try fixture.storedPairs() == [0, 1, 3])
  }

  @Test("drops the plans of a tree that is removed")
  func removed() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    let action = try AtomicPairs.action(in: store)
    let first = Fixture.plan(1, of: action)
    let second = Fixture.plan(1, of: action, key: Key("another"))
    try store.write { work in
      try work.store(first)
      #expect(try work.removeTree(first.plan.id) == 1)
      #expect(try work.plan(first.plan.id) == nil)
      try work.store(second)
      #expect(try work.plan(first.plan.id) == second.plan)
    }
    try store.close()
  }

  @Test("is bounded, and never holds an older version than the last one noted")
  func bounds() throws {
    let action = Action(creating: try Fixture.action(), at: Self.now)
    func row(_ number: UInt64, weight: Int) -> PlanCache.Row {
      PlanCache.Row(
        number: Int64(number), plan: Fixture.plan(number, of: action).plan,
        latestEvent: LatestEvent(sequence: 1, position: 1), weight: weight)
    }
    var cache = PlanCache()
    let ids = (0..<100 as Range<UInt64>).map { Plan.ID(ULID(high: 1, low: $0)) }
    for number in 0..<100 as Range<UInt64> {
      cache.note(row(number, weight: PlanCache.mostBytes / 10))
      #expect(cache[ids[Int(number)]]?.number == Int64(number))
      #expect(ids.count { cache[$0] != nil } <= 10)
    }
    // The same one again and again takes no more room.
    for _ in 0..<100 { cache.note(row(99, weight: 1_000)) }
    cache.note(row(98, weight: 1_000))
    #expect(cache[ids[99]] != nil && cache[ids[98]] != nil)
    cache.note(row(99, weight: PlanCache.mostBytes))
    #expect(cache[ids[99]] == nil && cache[ids[98]] != nil)
  }
}
