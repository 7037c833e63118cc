import struct PlanStorage.Locked
import Planwright
import PlanwrightTesting
import TestSupport
import Testing

@Suite("A handler's context", .timeLimit(.minutes(30)))
struct HandlerContextTests {
  private final class Kept: Sendable {
    let contexts = Locked<[HandlerContext]>([])
  }

  @Test(
    "refuses a checkpoint after the attempt's own outcome, and after the lease was taken away",
    arguments: TestStore.allCases)
  func lateCheckpoint(_ store: TestStore) async throws {
    let test = try TestSystem(store)
    let action = try Fixture.action()
    try await test.plans.write { _ = try $0.createAction(action) }
    let plan = try await test.plans.write { try $0.use("local/sample") }
    let kept = Kept()
    // The first attempt loses its lease while it runs; the second one completes the phase.
    let worker = test.system.worker(
      named: "late",
      handlers: [
        action.actors.strategy: { assignment, context in
          kept.contexts.withLock { $0.append(context) }
          if assignment.attempt == 1 {
            try await test.plans.write { try $0.evict(plan.id, reason: "an operator's test") }
            let code = await asyncErrorCode { try await context.checkpoint("late", 1) }
            #expect(code == "leaseLost")
          }
          return .complete(.null)
        }
      ])
    try await test.runUntilIdle(worker)
    let (first, second) = try #require(
      kept.contexts.withLock { $0.count == 2 ? ($0[0], $0[1]) : nil })
    #expect(await asyncErrorCode { try await first.checkpoint("late", 1) } == "leaseLost")
    #expect(
      await asyncErrorCode { try await second.checkpoint("late", 1) } == "transitionNotAllowed")
    let stored = try await test.plans.read { try $0.plan(plan.id) }
    #expect(stored.status == .strategizeComplete && stored.progress.checkpoint == nil)
  }
}
