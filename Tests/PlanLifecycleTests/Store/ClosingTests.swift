import Foundation
import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

// Leave the announcement out of `PlanLifecycleService.close`, and these wait until their time limit.
@Suite("Closing a store", .timeLimit(.minutes(30)))
struct ClosingTests {
  static let backends: [@Sendable () -> StorageBackend] = [
    { .inMemory }, { .inMemory(named: UUID().uuidString) }, { .sqliteInMemory },
  ]

  private func code(of call: () async throws -> Void) async -> StorageError.Code? {
    do { try await call() } catch { return (error as? StorageError)?.code }
    return nil
  }

  @Test("ends a feed that waits, with the error that it is closed", arguments: 0..<3)
  func feed(_ backend: Int) async throws {
    let fixture = try LifecycleFixture(Self.backends[backend]())
    let plan = try fixture.use()
    let seen = AsyncStream<Plan.ID>.makeStream()
    async let end = code {
      for try await change in fixture.plans.changes(after: .start) {
        seen.continuation.yield(change.event.plan)
      }
    }
    // It has read what there was, and waits or is about to.
    for await id in seen.stream {
      #expect(id == plan.id)
      break
    }
    try fixture.plans.close()
    #expect(await end == .closed)
  }

  @Test("ends a worker with that error, its handlers cancelled", arguments: 0..<3)
  func worker(_ backend: Int) async throws {
    let fixture = try LifecycleFixture(Self.backends[backend]())
    let plan = try fixture.use()
    let started = AsyncStream<Plan.ID>.makeStream()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { assignment, _ in
          started.continuation.yield(assignment.plan.id)
          await untilCancelled()
          return .complete(.null)
        }
      ])
    async let end = code { try await worker.run() }
    for await id in started.stream {
      #expect(id == plan.id)
      break
    }
    try fixture.plans.close()
    #expect(await end == .closed)
  }

  // Let `LeaseRenewal.scheduleNext` schedule on a stopped thread, and this overflows the stack.
  @Test("ends a worker also when a handler ignores its cancellation")
  func deafHandler() async throws {
    let (fixture, gate, started) = (try LifecycleFixture(), Gate(), Gate())
    _ = try fixture.use()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          started.open()
          await gate.wait()
          return .complete(.null)
        }
      ], options: try WorkerOptions(cancelGrace: .zero))
    async let end = code { try await worker.run() }
    await started.wait()
    try fixture.plans.close()
    #expect(await end == .closed)
    gate.open()
  }

  @Test("ends a worker that has nothing to do, and one that is started afterwards")
  func idleWorker() async throws {
    let fixture = try LifecycleFixture()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete(.null) }])
    let plan = try fixture.use()
    async let end = code { try await worker.run() }
    _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
    try fixture.plans.close()
    #expect(await end == .closed)
    #expect(await code { try await worker.run() } == .closed)
  }

  @Test("by one of two who share it leaves the other's worker alone")
  func shared() async throws {
    let name = UUID().uuidString
    let fixture = try LifecycleFixture(.inMemory(named: name))
    let other = try LifecycleFixture(.inMemory(named: name))
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete("done") }])
    async let running: Void = worker.run()
    try other.plans.close()
    let plan = try fixture.use()
    _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
    worker.stop()
    try await running
  }

  @Test("happens by itself when nobody refers to the store any more, whatever was done with it")
  func unreferenced() async throws {
    weak var engine: AnyObject?
    do {
      let opened = try LifecycleFixture.backend.open()
      engine = opened as AnyObject
      let fixture = try LifecycleFixture(engine: opened)
      let worker = PlanWorker(
        store: fixture.plans, name: "worker",
        handlers: [try Fixture.actor(): { _, _ in .complete("done") }])
      async let running: Void = worker.run()
      let plan = try fixture.use()
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      try await fixture.plans.write { _ = try $0.advance(plan.id) }
      worker.stop()
      try await running
    }
    try await waitUntil("the store to be released") { engine == nil }
  }
}
