import PlanDomain
import TestSupport
import TestTraits
import Testing

@testable import InMemoryStorage

@Suite("A table of plans", .dedicatedThread)
struct PlanTableTests {
  // Leave out that those behind a hole move up, and plans are not found any more.
  @Test("does what a dictionary does, however it is used")
  func model() throws {
    var random = SeededGenerator.announced()
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    for range in [20, 2_000] as [UInt64] {
      let plans = (0..<range).map { Fixture.plan($0, of: action).plan }
      var table = PlanTable()
      var model: [Plan.ID: PlanEntry] = [:]
      for step in 0..<20_000 {
        let plan = plans[Int.random(in: 0..<plans.count, using: &random)]
        // Grows at first, shrinks at the end.
        if Int.random(in: 0..<20_000, using: &random) > step {
          if model[plan.id] == nil {
            let entry = PlanEntry(plan)
            model[plan.id] = entry
            table.insert(entry)
          }
        } else {
          table.remove(plan.id)
          model[plan.id] = nil
        }
        #expect(table.entry(plan.id) === model[plan.id])
        guard step % 500 == 0 else { continue }
        for plan in plans {
          #expect(table.plan(plan.id) == model[plan.id]?.plan)
          #expect(table.entry(plan.id) === model[plan.id])
          #expect((table.slot(of: plan.id) == nil) == (model[plan.id] == nil))
        }
      }
    }
  }

  @Test("replaces a plan with its new version, and finds nothing by an unknown id")
  func replaced() throws {
    let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 1))
    let (plan, entry) = (
      Fixture.plan(1, of: action).plan, PlanEntry(Fixture.plan(1, of: action).plan)
    )
    var table = PlanTable()
    #expect(table.plan(Plan.ID(ULID(high: 0, low: 0))) == nil)
    table.insert(entry)
    let later = try plan.applying(.cancel(reason: "enough"), at: Timestamp(microseconds: 5)).plan
    let position = try #require(table.slot(of: plan.id))
    table.replace(at: position, with: later)
    #expect(table.plan(plan.id) == later && table.entry(at: position) === entry)
    #expect(table.plan(Plan.ID(ULID(high: 0, low: 0))) == nil)
  }
}
