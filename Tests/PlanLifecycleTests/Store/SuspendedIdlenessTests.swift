import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("While its store is suspended", .timeLimit(.minutes(30)))
struct SuspendedIdlenessTests {
  let engine: RefusalCountingEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = try RefusalCountingEngine(LifecycleFixture.suspendable)
    fixture = try LifecycleFixture(engine: engine)
  }

  // Let one of them look at each of its times, and the number of calls grows with the time.
  @Test("a worker, a feed and waiting handles make no calls, however late it becomes")
  func noCalls() async throws {
    let fixture = fixture
    let gate = Gate()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          await gate.wait()
          return .complete("done")
        }
      ], options: try WorkerOptions(leaseFor: .seconds(3_600), keepFinished: .seconds(300)))
    let (worked, waited) = (try fixture.use().id, try fixture.started(1)[0].plan)
    let handle = fixture.plans.handle(for: waited)
    let running = Task { try await worker.run() }
    _ = try await fixture.reached(worked) { $0.status == .strategizeProcessing }
    async let result = asyncErrorCode { try await handle.result() }
    async let events = handle.events.reduce(0) { count, _ in count + 1 }
    let seen = Locked(EventCursor.start)
    let feed = Task {
      for try await change in fixture.plans.changes(after: .start) {
        seen.withLock { $0 = change.cursor }
      }
    }
    try await fixture.waiting(2)
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    for _ in 0..<150 {
      fixture.time.advance(by: .seconds(10))
      for _ in 0..<20 { await Task.yield() }
    }
    try await waitUntil("all alarms to be over") { fixture.time.waiting == 0 }
    // Each looks once or twice, because its time had come, and then waits for the resumption.
    #expect(engine.refusals <= 16)
    try await fixture.plans.resume()
    gate.open()
    _ = try await fixture.reached(worked) { $0.status == .strategizeComplete }
    try await handle.cancel(reason: "enough")
    #expect(await result == "planCancelled")
    #expect(try await events == fixture.plan(waited).version)
    let last = try engine.read { try $0.feedState().latest }
    try await waitUntil("the feed to return all events") { seen.withLock { $0.position } == last }
    feed.cancel()
    try await feed.value
    worker.stop()
    try await running.value
  }

  @Test("a run that ends when nothing is due waits, and then runs what is due")
  func untilIdle() async throws {
    let fixture = fixture
    let plan = try fixture.use(automation: .auto).id
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete(.null) }])
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    let run = Task {
      try await worker.runUntilIdle { [time = fixture.time] due in
        time.advance(to: due)
        return true
      }
    }
    try await waitUntil("a claim to be refused") { engine.refusals > 0 }
    try await fixture.plans.resume()
    #expect(try await run.value == nil)
    #expect(try fixture.plan(plan).status == .applyApplied)
  }
}
