import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Counters are read in bounds: were they not, counting on from the greatest number would end the
// process. Protection 20: read the plans of a due list all at once, and one row that cannot be read hides
// the others.
@Suite("A row of a SQLite store that cannot be read", .dedicatedThread)
struct UnreadableRowTests {
  private static let now = Timestamp(microseconds: 1_000_000)

  /// What is done to a row by hand.
  enum Damage: String, CaseIterable {
    case arguments = "UPDATE plan SET arguments = '{' WHERE number = 2"
    case definitionMissing = "UPDATE plan SET description = NULL WHERE number = 2"
    case owner = "UPDATE plan SET lease_owner = char(9731) WHERE number = 2"
    case version = "UPDATE plan SET version = 9223372036854775807 WHERE number = 2"
    case attempt = "UPDATE plan SET attempt = -9223372036854775807 WHERE number = 2"
    case documents = "UPDATE plan SET documents = 1, execute = 'no JSON' WHERE number = 2"
    case documentsMissing = "UPDATE plan SET documents = 2 WHERE number = 2"
  }

  /// A store with three plans of this status, of which the second is damaged.
  private func store(
    _ directory: ScratchDirectory, _ damage: Damage, _ change: (Plan) throws -> Plan
  ) throws -> (store: SQLiteStore, plans: [Plan]) {
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(path)
    let action = Action(creating: try Fixture.action(), at: Self.now)
    let made = (1...3).map { Fixture.plan(UInt64($0), of: action, at: Self.now) }
    let plans = try made.map { try change($0.plan) }
    try store.write { work in
      try work.insert(action)
      for (transition, plan) in zip(made, plans) {
        try work.store(transition)
        if plan != transition.plan { try work.save(plan, replacing: transition.plan) }
      }
    }
    try store.close()
    let raw = try SchemaTests.raw(path)
    try raw.runScript("PRAGMA foreign_keys = 0; \(damage.rawValue)")
    raw.close()
    return (try SQLiteEngineRegistry().open(path), plans)
  }

  private func check(_ due: DuePlans, _ plans: [Plan], _ damage: Damage) {
    #expect(due.plans == [plans[0], plans[2]], "\(damage)")
    #expect(due.unreadable.map(\.id) == [plans[1].id] && due.unreadable[0].error.code == .corrupt)
  }

  @Test(
    "is reported with its id, and does not keep other plans from being claimed",
    arguments: Damage.allCases)
  func ready(damage: Damage) throws {
    let directory = try ScratchDirectory()
    let (store, plans) = try store(directory, damage) { $0 }
    let actors = [try Fixture.actor()]
    let due = try store.read {
      try $0.readyPlans(for: actors, at: Self.now, limit: 9, excluding: [])
    }
    check(due, plans, damage)
    // Through the lifecycle, also where one plan is all that is asked for.
    let test = TestEnvironment()
    let system = PlanLifecycleService(engine: store, environment: test.environment)
    let claimed = try system.writeBlocking { work in
      try (0..<2).flatMap { _ in
        try work.claim(owner: "w", actors: actors, limit: 1, leaseFor: .seconds(9))
      }
    }
    #expect(claimed.map(\.id) == [plans[0].id, plans[2].id])
    try store.close()
  }

  @Test("is reported with its id, and does not keep other leases from being reclaimed")
  func leases() throws {
    let directory = try ScratchDirectory()
    let (store, plans) = try store(directory, .arguments) { plan in
      try plan.applying(.claim("w", until: Self.now), at: Self.now).plan
    }
    let due = try store.read { try $0.expiredLeases(at: Self.now, limit: 9, excluding: []) }
    check(due, plans, .arguments)
    #expect(try store.read { try $0.nextLeaseExpiry() } == Self.now)
    try store.close()
  }

  @Test("is purged with its tree")
  func purge() throws {
    let directory = try ScratchDirectory()
    let (store, plans) = try store(directory, .arguments) { plan in
      try plan.applying(.cancel(reason: "over"), at: Self.now).plan
    }
    let test = TestEnvironment()
    let system = PlanLifecycleService(engine: store, environment: test.environment)
    let removed = try system.writeBlocking { work in
      try work.purge(endedBefore: test.time.now(), limit: 9)
    }
    #expect(removed == plans.count)
    #expect(try store.read { try $0.counts(in: .all).total } == 0)
    try store.close()
  }
}
