import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("Waiting for plans", .timeLimit(.minutes(30)))
struct WaitingTests {
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = HookedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
  }

  private func result(of token: LeaseToken) async throws -> JSONValue {
    try await fixture.plans.handle(for: token.plan).result()
  }

  @Test("costs one read for each commit that ends a plan, whatever else happens, for 1,000 tasks")
  func countedReads() async throws {
    let fixture = fixture
    let tokens = try fixture.started(Rounds.scaled(1_000))
    let others = Rounds.scaled(4_000, long: 100_000) / 2
    let other = try fixture.use()
    let results: [Plan.ID: JSONValue] = try await withThrowingTaskGroup(
      of: (Plan.ID, JSONValue).self
    ) { group in
      for token in tokens { group.addTask { (token.plan, try await result(of: token)) } }
      try await fixture.waiting(tokens.count)
      let before = engine.reads
      try await onDedicatedThread {
        for (number, token) in tokens.enumerated() {
          for _ in 0..<others / tokens.count {
            // Two events: a claim and a release.
            try fixture.plans.writeBlocking { transaction in
              let claimed = try transaction.claim(
                other.id, owner: LeaseOwner("test/2"), leaseFor: .seconds(60))
              if let token = claimed.leaseToken { try transaction.release(token) }
            }
          }
          try fixture.complete(token, .integer(Int64(number)))
        }
      }
      let results: [Plan.ID: JSONValue] = try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      let reads = engine.reads - before
      #expect((1...tokens.count).contains(reads))
      return results
    }
    for (number, token) in tokens.enumerated() {
      #expect(results[token.plan] == .integer(Int64(number)))
    }
    let events = try fixture.plan(other.id).version - 1
    #expect(events == others / tokens.count * tokens.count * 2)
    #expect(fixture.isWithoutWaiters)
  }

  @Test("collects changed plans only while a task waits")
  func collects() async throws {
    let told = Locked([[CommitNotification.ChangedPlan]?]())
    let subscription = engine.notifier.subscribe { notification in
      told.withLock { $0.append(notification.changedPlans) }
    }
    let token = try fixture.started(1)[0]
    #expect(told.withLock { $0.allSatisfy { $0 == nil } && !$0.isEmpty })
    let task = Task { try await result(of: token) }
    try await fixture.waiting(1)
    try fixture.complete(token, "done")
    #expect(try await task.value == "done")
    #expect(
      told.withLock { $0.last } == [
        CommitNotification.ChangedPlan(plan: token.plan, status: .executeComplete)
      ])
    _ = try fixture.use()
    #expect(told.withLock { $0.last } == .some(nil))
    withExtendedLifetime(subscription) {}
  }

  @Test("ends at once with its task, and leaves nothing behind")
  func cancellation() async throws {
    let tokens = try fixture.started(2)
    let early = Task {
      await untilCancelled()
      return await asyncErrorCode { try await result(of: tokens[0]) }
    }
    early.cancel()
    #expect(await early.value == "CancellationError()")
    #expect(fixture.isWithoutWaiters)

    let task = Task { await asyncErrorCode { try await result(of: tokens[0]) } }
    async let other = result(of: tokens[1])
    try await fixture.waiting(2)
    task.cancel()
    #expect(await task.value == "CancellationError()")
    #expect(fixture.plans.waiters.count == 1)
    try fixture.complete(tokens[1], "kept")
    #expect(try await other == "kept")
    #expect(fixture.isWithoutWaiters)
    let reads = engine.reads
    try fixture.complete(tokens[0])
    #expect(engine.reads == reads)
  }

  @Test("ends with an error that says so when the store is closed", arguments: 0..<3)
  func closing(_ backend: Int) async throws {
    let fixture = try LifecycleFixture(ClosingTests.backends[backend]())
    let token = try fixture.started(1)[0]
    let handle = fixture.plans.handle(for: token.plan)
    async let result = asyncErrorCode { try await handle.result() }
    async let events = asyncErrorCode { for try await _ in handle.events {} }
    try await fixture.waiting(2)
    try fixture.plans.close()
    #expect(await result == "closed")
    #expect(await events == "closed")
    #expect(await asyncErrorCode { try await handle.result() } == "closed")
    #expect(fixture.isWithoutWaiters)
  }

  @Test("ends with an error that says so when the plan is purged before it was read")
  func purge() async throws {
    let fixture = fixture
    let token = try fixture.started(1)[0]
    let handle = fixture.plans.handle(for: token.plan)
    async let result = asyncErrorCode { try await handle.result() }
    async let events = asyncErrorCode { for try await _ in handle.events {} }
    try await fixture.waiting(2)
    // The reading that the end of the plan causes comes after its removal.
    engine.next(.beforeRead) {
      fixture.time.advance(by: .seconds(1))
      let time = fixture.time.now()
      _ = try fixture.plans.writeBlocking { try $0.purge(endedBefore: time, limit: 1) }
    }
    try fixture.complete(token)
    #expect(await result == "planPurged")
    #expect(await events == "planPurged")
    #expect(await asyncErrorCode { try await handle.result() } == "planNotFound")
    #expect(fixture.isWithoutWaiters)

    try fixture.plans.writeBlocking { try $0.createAction(Fixture.action(readOnly: true)) }
    let used = try await fixture.plans.use("sample")
    try await used.cancel(reason: "enough")
    fixture.time.advance(by: .seconds(1))
    let time = fixture.time.now()
    _ = try fixture.plans.writeBlocking { try $0.purge(endedBefore: time, limit: 1) }
    #expect(await asyncErrorCode { try await used.result() } == "planPurged")
  }

  @Test("ends also when another process completed the plan before it was purged here")
  func removal() async throws {
    let inner = try LifecycleFixture.backend.open()
    let fixture = try LifecycleFixture(engine: inner)
    // Its commits are not notified to the other one.
    let silent = try LifecycleFixture(engine: HookedEngine(inner, isDeaf: true))
    let token = try fixture.started(1)[0]
    let handle = fixture.plans.handle(for: token.plan)
    async let result = asyncErrorCode { try await handle.result() }
    try await fixture.waiting(1)
    try silent.complete(token)
    #expect(fixture.plans.waiters.count == 1)
    fixture.time.advance(by: .seconds(1))
    let time = fixture.time.now()
    _ = try fixture.plans.writeBlocking { try $0.purge(endedBefore: time, limit: 1) }
    #expect(await result == "planPurged")
  }
}
