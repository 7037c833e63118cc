import Foundation
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A worker whose store is suspended", .timeLimit(.minutes(30)))
struct SuspendedWorkerTests {
  /// The reports that tell of something that went wrong.
  final class Complaints: Sendable {
    private let texts = Locked([String]())
    private let tokens = Locked([LeaseToken]())
    var all: [String] { texts.withLock { $0 } }
    /// The leases that were lost.
    var lost: [LeaseToken] { tokens.withLock { $0 } }
    func note(_ report: WorkerReport) {
      switch report {
      case .trouble(let error, let operation):
        texts.withLock { $0.append("\(operation): \(error)") }
      case .setAside(let plan, let error, _):
        texts.withLock { $0.append("\(plan) is set aside: \(error)") }
      case .leaseLost(let token):
        tokens.withLock { $0.append(token) }
        texts.withLock { $0.append("the lease of \(token.plan) is lost") }
      default: break
      }
    }
  }

  private static func worker(
    _ fixture: LifecycleFixture, _ complaints: Complaints = Complaints(),
    leaseFor: Duration = .seconds(30), handler: @escaping PlanHandler
  ) throws -> PlanWorker {
    PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: try WorkerOptions(leaseFor: leaseFor, grace: .zero, cancelGrace: .zero),
      report: complaints.note)
  }

  @Test(
    "waits and goes on: outcomes of the meantime are stored, and nothing is reported",
    arguments: [SuspendedCalls.fail, .wait])
  func goesOn(_ calls: SuspendedCalls) async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let (complaints, gate) = (Complaints(), Gate())
    let worker = try Self.worker(fixture, complaints) { _, context in
      await gate.wait()
      try await context.checkpoint(Key("half"), 1)
      return .complete("done")
    }
    let plans = try (0..<8).map { _ in try fixture.use().id }
    let running = Task { try await worker.run() }
    try await waitUntil("four handlers to run") {
      try plans.count { try fixture.plan($0).status == .strategizeProcessing } == 4
    }
    for _ in 0..<3 {
      try await fixture.plans.suspend(calls: calls, within: .seconds(600))
      gate.open()
      // Alarms of the worker are due meanwhile.
      fixture.time.advance(by: .seconds(6))
      try await fixture.plans.resume()
    }
    for id in plans {
      let done = try await fixture.reached(id) { $0.status == .strategizeComplete }
      #expect(done.progress.attempt == 1)
      try fixture.checkHistory(id)
    }
    #expect(complaints.all.isEmpty)
    worker.stop()
    try await running.value
  }

  // Renew only at the next third of the lease, and this waits until its time limit.
  @Test("renews no lease meanwhile, and all of them at once afterwards")
  func renewal() async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let (complaints, gate) = (Complaints(), Gate())
    let worker = try Self.worker(fixture, complaints) { _, _ in
      await gate.wait()
      return .complete("done")
    }
    let plans = try (0..<3).map { _ in try fixture.use().id }
    let running = Task { try await worker.run() }
    for id in plans { _ = try await fixture.reached(id) { $0.status == .strategizeProcessing } }
    let expiry = try fixture.plan(plans[0]).progress.lease?.expiresAt
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    let next = fixture.time.now().adding(.seconds(10))
    try await waitUntil("the next renewal to be planned") { fixture.time.isAwaited(next) }
    fixture.time.advance(by: .seconds(29))
    try await waitUntil("the renewal to be refused") { !fixture.time.isAwaited(next) }
    try await fixture.plans.resume()
    let renewed = fixture.time.now().adding(.seconds(30))
    #expect(expiry != renewed)
    for id in plans {
      try await waitUntil("the lease to be renewed") {
        try fixture.plan(id).progress.lease?.expiresAt == renewed
      }
    }
    gate.open()
    for id in plans {
      _ = try await fixture.reached(id) { $0.status == .strategizeComplete }
    }
    #expect(complaints.all.isEmpty)
    worker.stop()
    try await running.value
  }

  @Test("finds out which leases another process has taken meanwhile")
  func lostLease() async throws {
    let directory = try ScratchDirectory()
    let backend = { (registry: SQLiteEngineRegistry) in
      StorageBackend.sqlite(
        at: directory.path("plans.db"), options: SQLiteOptions(durability: .normal), in: registry)
    }
    let fixture = try LifecycleFixture(backend(SQLiteEngineRegistry()))
    let complaints = Complaints()
    let started = Locked(0)
    let cancelled = Locked(0)
    let worker = try Self.worker(fixture, complaints) { _, _ in
      started.withLock { $0 += 1 }
      await untilCancelled()
      cancelled.withLock { $0 += 1 }
      return .complete("too late")
    }
    let plan = try fixture.use().id
    let running = Task { try await worker.run() }
    let before = try await fixture.reached(plan) { $0.status == .strategizeProcessing }
    // The worker has learnt of its claim: otherwise it looks when it renews the lease, a third later.
    try await waitUntil("the handler to start") { started.withLock { $0 } == 1 }
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    // A registry of its own stands for another process.
    let other = PlanLifecycleService(
      engine: try backend(SQLiteEngineRegistry()).open(), environment: fixture.plans.environment)
    fixture.time.advance(by: .seconds(31))
    let taken = try other.writeBlocking { transaction in
      try transaction.reclaim(limit: 1)
      return try transaction.claim(plan, owner: LeaseOwner("other/1"), leaseFor: .seconds(60))
    }
    try fixture.plans.resumeBlocking()
    try await waitUntil("the handler to be cancelled") { cancelled.withLock { $0 } == 1 }
    let token = try #require(before.leaseToken)
    try await waitUntil("the report") { !complaints.all.isEmpty }
    #expect(complaints.lost == [token])
    #expect(try fixture.plan(plan) == taken)
    worker.stop()
    try await running.value
    try other.close()
    try fixture.plans.close()
  }

  @Test("gives the attempt of a handler back that failed because of it")
  func handlerOfSuspendedStore() async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let (complaints, gate) = (Complaints(), Gate())
    let attempts = Locked([Int]())
    let refusals = Locked(0)
    let worker = try Self.worker(fixture, complaints) { assignment, _ in
      attempts.withLock { $0.append(assignment.attempt) }
      await gate.wait()
      do { try await fixture.plans.read { _ in } } catch {
        refusals.withLock { $0 += 1 }
        throw error
      }
      return .complete("done")
    }
    let plan = try fixture.use(retry: try RetryPolicy(attempts: 1, base: .zero, cap: .zero)).id
    let running = Task { try await worker.run() }
    _ = try await fixture.reached(plan) { $0.status == .strategizeProcessing }
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    gate.open()
    try await waitUntil("the handler's call to be refused") { refusals.withLock { $0 } == 1 }
    try await fixture.plans.resume()
    _ = try await fixture.reached(plan) { $0.status == .strategizeComplete }
    #expect(attempts.withLock { $0 } == [1, 1])
    #expect(complaints.all.isEmpty)
    worker.stop()
    try await running.value
  }

  @Test("ends when it is stopped or its store is closed meanwhile", arguments: [true, false])
  func stops(isClosed: Bool) async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let worker = try Self.worker(fixture) { _, _ in
      await untilCancelled()
      throw CancellationError()
    }
    let plan = try fixture.use().id
    let running = Task { await asyncErrorCode { try await worker.run() } }
    _ = try await fixture.reached(plan) { $0.status == .strategizeProcessing }
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    if isClosed { try fixture.plans.close() } else { worker.stop() }
    #expect(await running.value == (isClosed ? "closed" : nil))
    guard !isClosed else { return }
    try await fixture.plans.resume()
    // Its lease ends by itself, unless its handler has just given it back.
    let status = try fixture.plan(plan).status
    #expect([.strategizeProcessing, .strategizeQueued].contains(status))
  }
}
