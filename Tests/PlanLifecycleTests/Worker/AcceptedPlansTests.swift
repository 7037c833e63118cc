import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A worker that accepts some plans only", .timeLimit(.minutes(30)))
struct AcceptedPlansTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  @Test("leaves the others as they are, and takes one that it accepts later")
  func accepts() async throws {
    let first = try fixture.use()
    // More than a claim looks at once, all of them before the accepted ones.
    let others = try (0..<120).map { _ in try fixture.use() }
    let second = try fixture.use()
    let accepted = Locked<Set<Plan.ID>>([first.id, second.id])
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete(.null) }],
      accepts: { plan in accepted.withLock { $0.contains(plan.id) } })
    let running = Task { try await worker.run() }
    for plan in [first, second] {
      try await waitUntil("the accepted plans to be done") {
        fixture.time.advance(by: .seconds(1))
        return try fixture.plan(plan.id).status == .strategizeComplete
      }
    }
    for plan in others { #expect(try fixture.plan(plan.id).version == plan.version) }
    accepted.withLock { _ = $0.insert(others[60].id) }
    try await waitUntil("the plan to be done that is accepted now") {
      fixture.time.advance(by: .seconds(1))
      return try fixture.plan(others[60].id).status == .strategizeComplete
    }
    worker.stop()
    try await running.value
  }
}
