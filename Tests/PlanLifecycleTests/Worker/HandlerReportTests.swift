import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("What a handler reports", .timeLimit(.minutes(30)))
struct HandlerReportTests {
  // Forget a report once its renewal has been tried, and this waits until its time limit.
  @Test("is stored with a later renewal when one fails")
  func failedRenewal() async throws {
    let engine = DamagedEngine(try LifecycleFixture.backend.open())
    let fixture = try LifecycleFixture(engine: engine)
    let gate = Gate()
    let reports = Locked(0)
    let troubles = Locked(0)
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, context in
          context.report("half done")
          await gate.wait()
          return .complete(.null)
        }
      ], options: try WorkerOptions(leaseFor: .seconds(30))
    ) { report in
      switch report {
      case .progress: reports.withLock { $0 += 1 }
      case .trouble: troubles.withLock { $0 += 1 }
      default: break
      }
    }
    async let running: Void = worker.run()
    let plan = try fixture.use()
    let start = fixture.time.now()
    try await waitUntil("the report") { reports.withLock { $0 } == 1 }
    engine.damage(plan.id, .refusesChanges)
    for renewal in 1...2 {
      let next = start.adding(.seconds(Int64(10 * renewal)))
      try await waitUntil("renewal \(renewal) to be planned") { fixture.time.isAwaited(next) }
      fixture.time.advance(to: next)
      guard renewal == 1 else { break }
      try await waitUntil("the failure of the renewal") { troubles.withLock { $0 } == 1 }
      #expect(try fixture.plan(plan.id).progress.report == nil)
      engine.damage(plan.id, nil)
    }
    try await waitUntil("the report to be stored") {
      try fixture.plan(plan.id).progress.report == "half done"
    }
    gate.open()
    _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
    worker.stop()
    try await running
  }
}
