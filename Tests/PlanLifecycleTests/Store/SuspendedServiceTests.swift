import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A service whose store is suspended", .timeLimit(.minutes(30)))
struct SuspendedServiceTests {
  /// A count that tasks share.
  final class Count: Sendable {
    private let number = Locked(0)
    var value: Int { number.withLock { $0 } }
    func increment() { number.withLock { $0 += 1 } }
  }

  /// A store of each kind, and what must outlive it.
  static func fixture(_ kind: Int) throws -> (LifecycleFixture, ScratchDirectory) {
    let directory = try ScratchDirectory()
    let backends: [StorageBackend] = [
      .inMemory, .sqliteInMemory, .sqlite(at: directory.path("plans.db")),
    ]
    return (try LifecycleFixture(backends[kind]), directory)
  }

  @Test("refuses all calls, if the host wishes that, until it is resumed", arguments: 0..<3)
  func fails(_ kind: Int) async throws {
    let (fixture, directory) = try Self.fixture(kind)
    let plan = try fixture.use()
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    #expect(await asyncErrorCode { try await fixture.plans.read { _ in } } == "suspended")
    #expect(await asyncErrorCode { try await fixture.plans.write { _ in } } == "suspended")
    #expect(errorCode { try fixture.plans.readBlocking { _ in } } == "suspended")
    #expect(errorCode { try fixture.plans.writeBlocking { _ in } } == "suspended")
    try await fixture.plans.resume()
    #expect(try fixture.plan(plan.id) == plan)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  // Let the waiting calls hold threads, and there are too few for the resumption.
  @Test("lets hundreds of calls wait, if the host wishes that, then runs each", arguments: 0..<3)
  func waits(_ kind: Int) async throws {
    let (fixture, directory) = try Self.fixture(kind)
    let plan = try fixture.use()
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    let began = Count()
    let calls = (0..<300).map { number in
      Task {
        began.increment()
        if number.isMultiple(of: 2) {
          _ = try await fixture.plans.read { try $0.plan(plan.id) }
        } else {
          try await fixture.plans.write { try $0.use("local/sample") }
        }
      }
    }
    try await waitUntil("all calls to begin") { began.value == calls.count }
    try await fixture.plans.resume()
    for call in calls { try await call.value }
    let count = try fixture.plans.readBlocking {
      try $0.plans(matching: PlanQuery(limit: .largest)).rows.count
    }
    #expect(count == 151)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  @Test("blocks the threads of waiting synchronous calls until it is resumed", arguments: 0..<3)
  func waitsBlocking(_ kind: Int) async throws {
    let (fixture, directory) = try Self.fixture(kind)
    let plan = try fixture.use()
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    let began = Count()
    async let read = onDedicatedThread {
      began.increment()
      return try fixture.plan(plan.id)
    }
    async let write = onDedicatedThread {
      began.increment()
      return try fixture.plans.writeBlocking { try $0.use("local/sample").id }
    }
    try await waitUntil("both calls to begin") { began.value == 2 }
    try await fixture.plans.resume()
    #expect(try await read == plan)
    #expect(try await fixture.plan(write).status == .strategizeQueued)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  @Test("ends waiting calls with their tasks, and with `closed` when closed", arguments: 0..<3)
  func ends(_ kind: Int) async throws {
    let (fixture, directory) = try Self.fixture(kind)
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    let cancelled = Task { try await fixture.plans.read { _ in } }
    let cancelledWrite = Task { try await fixture.plans.write { _ in } }
    cancelled.cancel()
    cancelledWrite.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    await #expect(throws: CancellationError.self) { try await cancelledWrite.value }
    let closed = (0..<20).map { _ in
      Task { await asyncErrorCode { try await fixture.plans.write { _ in } } }
    }
    let blocked = Task {
      try await onDedicatedThread { errorCode { try fixture.plans.readBlocking { _ in } } }
    }
    try fixture.plans.close()
    for call in closed { #expect(await call.value == "closed") }
    #expect(try await blocked.value == "closed")
    withExtendedLifetime(directory) {}
  }

  @Test("does not run a body again that had begun", arguments: 0..<3)
  func rolledBack(_ kind: Int) async throws {
    let (fixture, directory) = try Self.fixture(kind)
    _ = try fixture.use()
    let (began, mayEnd) = (Latch<Void>(), Latch<Void>())
    let runs = Count()
    async let code = onDedicatedThread {
      errorCode {
        try fixture.plans.writeBlocking { transaction in
          runs.increment()
          try transaction.use("local/sample")
          began.open(with: ())
          try mayEnd.wait(for: "the suspension")
        }
      }
    }
    try await onDedicatedThread {
      try began.wait(for: "the body to begin")
      try fixture.plans.suspendBlocking(calls: .wait, within: .milliseconds(20))
      mayEnd.open(with: ())
    }
    #expect(try await code == "suspended")
    try await fixture.plans.resume()
    #expect(runs.value == 1)
    let count = try fixture.plans.readBlocking { try $0.plans(matching: PlanQuery()).rows.count }
    #expect(count == 1)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  @Test("lets its feeds wait, which miss no event", arguments: [SuspendedCalls.fail, .wait])
  func feed(_ calls: SuspendedCalls) async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let first = try fixture.use()
    let seen = Locked([Plan.ID]())
    let feed = Task {
      for try await change in fixture.plans.changes(after: .start) {
        seen.withLock { $0.append(change.event.plan) }
      }
    }
    try await waitUntil("the first event") { seen.withLock { $0 } == [first.id] }
    try await fixture.plans.suspend(calls: calls, within: .seconds(600))
    // A feed that begins meanwhile waits as well.
    let late = Task {
      for try await change in fixture.plans.changes(after: .start) { return change.event.plan }
      throw CancellationError()
    }
    let cancelled = Task {
      for try await _ in fixture.plans.changes(after: .start) { return false }
      return true
    }
    cancelled.cancel()
    #expect(try await cancelled.value)
    try await fixture.plans.resume()
    #expect(try await late.value == first.id)
    let second = try fixture.use()
    try await waitUntil("the second event") { seen.withLock { $0 } == [first.id, second.id] }
    feed.cancel()
    try await feed.value
  }

  @Test("cannot be suspended when its store does not offer that")
  func unsupported() async throws {
    let fixture = try LifecycleFixture(
      engine: HookedEngine(try LifecycleFixture.suspendable.open()))
    #expect(
      await asyncErrorCode {
        try await fixture.plans.suspend(calls: .fail, within: .zero)
      } == "unsupported")
    #expect(await asyncErrorCode { try await fixture.plans.resume() } == "unsupported")
    try fixture.plans.readBlocking { _ in }
  }
}
