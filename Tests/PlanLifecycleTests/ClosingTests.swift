import Foundation
import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

// Leave the announcement out of `PlanStore.close`, and these wait until their time limit.
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
    let house = try House(Self.backends[backend]())
    let plan = try house.use()
    let seen = AsyncStream<Plan.ID>.makeStream()
    async let end = code {
      for try await change in house.plans.changes(after: .start) {
        seen.continuation.yield(change.event.plan)
      }
    }
    // It has read what there was, and waits or is about to.
    for await id in seen.stream {
      #expect(id == plan.id)
      break
    }
    try house.plans.close()
    #expect(await end == .closed)
  }

  @Test("ends a worker with that error, its handlers cancelled", arguments: 0..<3)
  func worker(_ backend: Int) async throws {
    let house = try House(Self.backends[backend]())
    let plan = try house.use()
    let started = AsyncStream<Plan.ID>.makeStream()
    let worker = PlanWorker(
      store: house.plans, name: "worker",
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
    try house.plans.close()
    #expect(await end == .closed)
  }

  @Test("ends a worker that has nothing to do, and one that is started afterwards")
  func idleWorker() async throws {
    let house = try House()
    let worker = PlanWorker(
      store: house.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete(.null) }])
    let plan = try house.use()
    async let end = code { try await worker.run() }
    _ = try await house.reached(plan.id) { $0.status == .strategizeComplete }
    try house.plans.close()
    #expect(await end == .closed)
    #expect(await code { try await worker.run() } == .closed)
  }

  @Test("by one of two who share it leaves the other's worker alone")
  func shared() async throws {
    let name = UUID().uuidString
    let house = try House(.inMemory(named: name))
    let other = try House(.inMemory(named: name))
    let worker = PlanWorker(
      store: house.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete("done") }])
    async let running: Void = worker.run()
    try other.plans.close()
    let plan = try house.use()
    _ = try await house.reached(plan.id) { $0.status == .strategizeComplete }
    worker.stop()
    try await running
  }
}
