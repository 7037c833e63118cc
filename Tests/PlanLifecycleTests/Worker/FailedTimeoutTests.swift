import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A time-out that cannot be stored", .timeLimit(.minutes(30)))
struct FailedTimeoutTests {
  let recorder = HandlerRecorder()
  let gate = Gate()

  /// A worker whose handlers of the plans of `local/sample` are deaf.
  private func worker(_ fixture: LifecycleFixture, _ options: WorkerOptions) throws -> PlanWorker {
    PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { [recorder, gate] assignment, _ in
          guard assignment.plan.definition.action.name == "local/sample" else {
            return .complete("done")
          }
          recorder.note { $0.started.append(assignment.attempt) }
          await recorder.waitDeaf(gate)
          return .complete("late")
        }
      ], options: options, report: recorder.report)
  }

  // Cancel the handler whether or not its plan is reclaimed, and the first expectation fails.
  @Test("is tried again, and its handler is not cancelled before")
  func failingStore() async throws {
    let engine = HookedEngine(try LifecycleFixture.backend.open())
    let fixture = try LifecycleFixture(engine: engine)
    let plan = try fixture.use(retry: .never, attemptTimeout: .seconds(5))
    let worker = try worker(
      fixture,
      try WorkerOptions(
        leaseFor: .seconds(600), grace: .seconds(60), cancelGrace: .seconds(20),
        pollInterval: .seconds(1)))
    let running = Task { try await worker.run() }
    try await waitUntil("the handler to hang") { recorder.counts.started == [1] }
    let end = fixture.time.now().adding(.seconds(5))
    // While a worker stops, nothing else reclaims its plans.
    worker.stop()
    engine.next(.beforeCommit) {
      throw StorageError(.busy, operation: "writing", subject: "the store")
    }
    fixture.time.advance(to: end)
    let again = end.adding(.seconds(1))
    try await waitUntil("the next try to be planned") { fixture.time.isAwaited(again) }
    #expect(recorder.counts.cancelled == 0)
    #expect(recorder.counts.reports == ["trouble ending attempts"])
    #expect(try fixture.plan(plan.id).status == .strategizeProcessing)

    fixture.time.advance(to: again)
    try await waitUntil("the handler to be cancelled") { recorder.counts.cancelled == 1 }
    #expect(try fixture.plan(plan.id).status == .strategizeErrored)
    #expect(try fixture.plan(plan.id).progress.failure?.code == .attemptTimedOut)
    fixture.time.advance(to: again.adding(.seconds(20)))
    try await running.value
    gate.open()
  }

  @Test(
    "because its plan is damaged costs a slot for one more cancel grace",
    arguments: DamagedEngine.Damage.allCases)
  func damagedPlan(_ damage: DamagedEngine.Damage) async throws {
    let engine = DamagedEngine(try LifecycleFixture.backend.open())
    let fixture = try LifecycleFixture(engine: engine)
    let plan = try fixture.use(retry: .never, attemptTimeout: .seconds(5))
    let other = try fixture.use("local/other")
    let worker = try worker(
      fixture, try WorkerOptions(concurrency: 1, cancelGrace: .seconds(3)))
    let running = Task { try await worker.run() }
    try await waitUntil("the handler to hang") { recorder.counts.started == [1] }
    engine.damage(plan.id, damage)
    try await waitUntil("the handler to be left behind") {
      fixture.time.advance(by: .milliseconds(500))
      return recorder.counts.cancelled == 1 && recorder.counts.count("abandoned") == 1
    }
    _ = try await fixture.reached(other.id) { $0.status == .strategizeComplete }
    #expect(try fixture.plan(plan.id).status == .strategizeProcessing)
    engine.damage(plan.id, nil)
    // More than once: the worker may have set the plan aside just now, until a later time.
    try await waitUntil("the plan to be reclaimed") {
      fixture.time.advance(by: .seconds(60))
      return try fixture.plan(plan.id).status == .strategizeErrored
    }
    gate.open()
    try await waitUntil("the handler to return") { recorder.counts.count("lost") == 1 }
    #expect(try fixture.plan(plan.id).progress.result(of: .strategize) == nil)
    worker.stop()
    try await running.value
  }
}
