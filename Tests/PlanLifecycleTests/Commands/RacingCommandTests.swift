import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("Commands of threads that race")
struct RacingCommandTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  @Test("Threads that use an action under one key at once get one plan, and without a key one each")
  func racingUses() throws {
    let (fixture, name) = (fixture, ActionName("local/sample"))
    try fixture.plans.writeBlocking { try $0.createAction(try Fixture.action()) }
    let keyed = try race(32) { _ in
      outcome {
        try fixture.plans.writeBlocking { transaction in
          try transaction.use(PlanUse(action: name, idempotencyKey: Key("once"))).id
        }
      }
    }
    #expect(Set(try keyed.map { try $0.get() }).count == 1)
    let free = try race(32) { _ in
      outcome { try fixture.plans.writeBlocking { try $0.use("sample").id } }
    }
    #expect(Set(try free.map { try $0.get() }).count == 32)
    #expect(try fixture.plans.readBlocking { try $0.counts(in: .action(name)) }.total == 33)
    let created = try race(32) { _ in
      outcome {
        try fixture.plans.writeBlocking { try $0.createAction(try Fixture.action("local/new")) }
      }
    }
    let refused = created.compactMap { outcome -> PlanError? in
      if case .failure(let error) = outcome { error as? PlanError } else { nil }
    }
    #expect(refused == Array(repeating: .actionAlreadyExists(ActionName("new")), count: 31))
  }

  // Protection 4: let `save` and `applying` forget the epoch and the version, and many win.
  @Test("Exactly one of many workers gets a queued plan")
  func oneWorkerWins() throws {
    for _ in 0..<40 {
      let fixture = try LifecycleFixture()
      let plan = try fixture.use()
      let claims = try race(8) { thread in
        outcome {
          try fixture.plans.writeBlocking { transaction in
            try transaction.claim(
              owner: try LeaseOwner("w\(thread)"), actors: [try Fixture.actor()], limit: 1,
              leaseFor: .seconds(9))
          }
        }
      }
      let claimed = try claims.flatMap { try $0.get() }
      #expect(claimed.map(\.id) == [plan.id])
    }
  }

  @Test("Exactly one of many commands on the same version succeeds")
  func oneCommandWins() throws {
    let plan = try fixture.use()
    let fixture = fixture
    let outcomes = try race(8) { _ in
      outcome {
        try fixture.plans.writeBlocking {
          try $0.cancel(plan.id, reason: "race", ifVersion: plan.version)
        }
      }
    }
    let conflict = PlanError.versionConflict(plan.id, expected: 1, found: 2)
    #expect(outcomes.count { (try? $0.get()) != nil } == 1)
    for case .failure(let error) in outcomes { #expect(error as? PlanError == conflict) }
  }
}
