import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A plan's life")
struct LifecycleTests {
  @Test("goes from use to applied, one event for every step")
  func happyPath() throws {
    let fixture = try LifecycleFixture()
    let id = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action())
      return try transaction.use("local/sample").id
    }
    for phase in PlanPhase.allCases {
      let token = try fixture.claimOne(id)
      try fixture.plans.writeBlocking { transaction in
        let plan = try transaction.complete(token, result: .string(phase.rawValue))
        if phase != .apply { _ = try transaction.advance(plan.id) }
      }
    }
    let (plan, events) = try fixture.plans.readBlocking { (try $0.plan(id), try $0.events(of: id)) }
    #expect(plan.status == .applyApplied && plan.hasSucceeded && plan.isFinal)
    #expect(plan.progress.result(of: .execute) == .string("execute"))
    #expect(events.map(\.sequence) == Array(1...events.count))
    #expect(events.last?.sequence == plan.version)
    #expect(
      events.map(\.command) == [
        .use, .claim, .complete, .advance, .claim, .complete, .advance, .claim, .complete,
      ])
  }
}
