import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A handler whose lease is lost", .timeLimit(.minutes(30)))
struct AbandonedHandlerTests {
  private let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private struct Progress: Sendable {
    var started = 0
    var cancelled = 0
    var lost = 0
    var abandoned = 0
  }

  // Remove the alarm of `LostLeases.fence`, and the second thousand waits until its time limit.
  @Test("gives its slot back after the cancel grace, a thousand times, half of them deaf")
  func thousand() async throws {
    let (fixture, gate, count) = (fixture, Gate(), 1_000)
    let progress = Locked(Progress())
    let hung = Set(try (0..<count).map { _ in try fixture.use().id })
    let deaf = Set(hung.prefix(count / 2))
    let options = try WorkerOptions(concurrency: count, cancelGrace: .seconds(7))
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { assignment, _ in
          progress.withLock { $0.started += 1 }
          if deaf.contains(assignment.plan.id) {
            await withTaskCancellationHandler {
              await gate.wait()
            } onCancel: {
              progress.withLock { $0.cancelled += 1 }
            }
          } else if hung.contains(assignment.plan.id) {
            await untilCancelled()
          }
          return .complete("late")
        }
      ], options: options
    ) { report in
      switch report {
      case .leaseLost: progress.withLock { $0.lost += 1 }
      case .abandoned: progress.withLock { $0.abandoned += 1 }
      default: break
      }
    }
    let running = Task { try await worker.run() }
    try await waitUntil("all handlers to hang") { progress.withLock { $0.started } == count }
    try await fixture.plans.write { transaction in
      for id in hung { try transaction.cancel(id, reason: "enough") }
    }
    try await waitUntil("the handlers that listen to return") {
      progress.withLock { $0.lost } == count / 2
    }
    #expect(progress.withLock { $0.abandoned } == 0)
    // The grace of each begins when it is cancelled: time may move only when all are.
    try await waitUntil("the deaf handlers to be cancelled") {
      progress.withLock { $0.cancelled } == count / 2
    }
    let end = fixture.time.now().adding(.seconds(7))
    try await waitUntil("the end of the grace to be awaited") { fixture.time.isAwaited(end) }
    fixture.time.advance(to: end)
    try await waitUntil("the deaf handlers to be left behind") {
      progress.withLock { $0.abandoned } == count / 2
    }

    // Every slot is free while the deaf handlers still run.
    let next = try (0..<count).map { _ in try fixture.use().id }
    try await waitUntil("the next plans to be done") {
      try next.allSatisfy { try fixture.plan($0).status == .strategizeComplete }
    }

    gate.open()
    try await waitUntil("the deaf handlers to return") {
      progress.withLock { $0.lost } == count
    }
    for id in hung {
      let plan = try fixture.plan(id)
      #expect(plan.status == .strategizeCancelled)
      #expect(plan.progress.result(of: .strategize) == nil)
    }
    worker.stop()
    try await running.value
  }
}
