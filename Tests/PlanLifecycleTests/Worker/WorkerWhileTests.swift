import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A worker that runs while a body runs", .timeLimit(.minutes(30)))
struct WorkerWhileTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func worker(
    named name: String = "worker",
    _ handler: @escaping PlanHandler = { _, _ in .complete("done") }
  ) throws -> PlanWorker {
    PlanWorker(store: fixture.plans, name: name, handlers: [try Fixture.actor(): handler])
  }

  /// Never returns by itself.
  private static let forever: @Sendable () async throws -> Void = {
    while true { try await Task.sleep(for: .seconds(86_400)) }
  }

  @Test("executes plans meanwhile, and returns the body's value")
  func value() async throws {
    let plan = try fixture.use(automation: .auto)
    let result = try await worker().run { [fixture] in
      try await fixture.plans.handle(for: plan.id).result()
    }
    #expect(result == "done")
    let nothing: Int? = try await worker().run { nil }
    #expect(nothing == nil)
  }

  @Test("lets running handlers finish when the body has ended")
  func graceful() async throws {
    let plan = try fixture.use()
    let (started, continuation) = AsyncStream.makeStream(of: Void.self)
    let worker = try worker { _, _ in
      continuation.yield()
      for _ in 0..<1_000 { await Task.yield() }
      return .complete(.bool(Task.isCancelled))
    }
    try await worker.run { for await _ in started { break } }
    let ended = try fixture.plan(plan.id)
    #expect(ended.status == .strategizeComplete)
    #expect(ended.progress.result(of: .strategize) == false)
  }

  @Test("throws the error of the body, and the error of a worker that ends the body")
  func errors() async throws {
    let worker = try worker()
    await #expect(throws: TestError.self) { try await worker.run { throw TestError() } }
    let unable = try self.worker(named: String(repeating: "x", count: 300))
    #expect(await asyncErrorCode { try await unable.run(while: Self.forever) } == "invalidText")
    let closed = try self.worker()
    #expect(
      await asyncErrorCode {
        try await closed.run { [fixture] in
          try fixture.plans.close()
          try await Self.forever()
        }
      } == "closed")
  }

  @Test("cancels the body when the worker is stopped or the task is cancelled")
  func cancellation() async throws {
    let plan = try fixture.use(automation: .auto)
    let worker = try worker()
    await #expect(throws: CancellationError.self) {
      try await worker.run { [fixture] in
        _ = try await fixture.plans.handle(for: plan.id).result()
        worker.stop()
        try await Self.forever()
      }
    }
    let task = Task { try await worker.run(while: Self.forever) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
