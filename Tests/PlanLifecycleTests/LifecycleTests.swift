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
    let house = try House()
    let id = try house.plans.writeBlocking { work in
      try work.createAction(try Fixture.action())
      return try work.use("local/sample").id
    }
    for phase in PlanPhase.allCases {
      let token = try house.claimOne(id)
      try house.plans.writeBlocking { work in
        let plan = try work.complete(token, result: .string(phase.rawValue))
        if phase != .apply { _ = try work.advance(plan.id) }
      }
    }
    let (plan, events) = try house.plans.readBlocking { (try $0.plan(id), try $0.events(of: id)) }
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
