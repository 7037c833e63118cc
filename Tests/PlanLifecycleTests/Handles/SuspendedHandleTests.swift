import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("Handles of a store that is suspended", .timeLimit(.minutes(30)))
struct SuspendedHandleTests {
  typealias Service = SuspendedServiceTests

  private static func events(_ fixture: LifecycleFixture, _ token: LeaseToken) async throws
    -> [PlanEvent]
  {
    var events: [PlanEvent] = []
    for try await event in fixture.plans.handle(for: token.plan).events { events.append(event) }
    return events
  }

  @Test(
    "go on waiting after each suspension, whatever the host's own calls do",
    arguments: 0..<3, [SuspendedCalls.fail, .wait])
  func goOn(_ kind: Int, _ calls: SuspendedCalls) async throws {
    let (fixture, directory) = try Service.fixture(kind)
    let tokens = try fixture.started(4)
    let handles = tokens.map { fixture.plans.handle(for: $0.plan) }
    async let before = handles[0].result()
    async let events = Self.events(fixture, tokens[0])
    try await fixture.waiting(2)
    for _ in 0..<3 {
      try await fixture.plans.suspend(calls: calls, within: .seconds(600))
      try await fixture.plans.resume()
    }
    try await fixture.plans.suspend(calls: calls, within: .seconds(600))
    async let meanwhile = handles[1].result()
    async let all = fixture.plans.waitForAll(Array(handles[2...]))
    async let first = fixture.plans.waitForFirst(Array(handles[2...]))
    // Its first page is read after the suspension.
    async let later = Self.events(fixture, tokens[3])
    try await waitUntil("five tasks to wait") { fixture.plans.waiters.count == 5 }
    try await fixture.plans.resume()
    for (number, token) in tokens.enumerated() {
      try fixture.complete(token, .integer(Int64(number)))
    }
    #expect(try await before == 0)
    #expect(try await meanwhile == 1)
    #expect(try await all.map { try $0.get() } == [2, 3])
    let winner = try await first?.handle.id
    #expect(winner == tokens[2].plan || winner == tokens[3].plan)
    for (token, seen) in [(tokens[0], try await events), (tokens[3], try await later)] {
      #expect(seen == (try fixture.plans.readBlocking { try $0.events(of: token.plan) }))
    }
    #expect(fixture.isWithoutWaiters)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  @Test("find out at its end what another process did meanwhile, without waiting for a poll")
  func otherProcess() async throws {
    let directory = try ScratchDirectory()
    // A registry of its own stands for another process.
    let open = {
      try LifecycleFixture(
        .sqlite(
          at: directory.path("plans.db"), options: SQLiteOptions(durability: .normal),
          in: SQLiteEngineRegistry()))
    }
    let fixture = try open()
    let token = try fixture.started(1)[0]
    async let result = fixture.plans.handle(for: token.plan).result()
    async let events = Self.events(fixture, token)
    try await fixture.waiting(2)
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    let other = try open()
    try other.complete(token, "done")
    try other.plans.close()
    try await fixture.plans.resume()
    #expect(try await result == "done")
    #expect(try await events.last?.to == .executeComplete)
    try fixture.plans.close()
    withExtendedLifetime(directory) {}
  }

  @Test("count the time of a suspension as time without an approval")
  func approval() async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let plan = try fixture.use().id
    try fixture.complete(try fixture.claimOne(plan))
    let handle = fixture.plans.handle(for: plan)
    async let overdue = asyncErrorCode { try await handle.result(approvalLimit: .seconds(60)) }
    try await fixture.waiting(1)
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    fixture.time.advance(by: .seconds(61))
    #expect(fixture.plans.waiters.count == 1)
    try await fixture.plans.resume()
    #expect(await overdue == "approvalOverdue")
    #expect(fixture.isWithoutWaiters)
  }

  @Test("stop waiting at once with their tasks, and when the store is closed", arguments: 0..<3)
  func end(_ kind: Int) async throws {
    let (fixture, directory) = try Service.fixture(kind)
    let tokens = try fixture.started(2)
    let handle = fixture.plans.handle(for: tokens[0].plan)
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    let result = Task { await asyncErrorCode { try await handle.result() } }
    let events = Task { try await Self.events(fixture, tokens[0]) }
    try await waitUntil("a task to wait") { fixture.plans.waiters.count == 1 }
    result.cancel()
    events.cancel()
    #expect(await result.value == "CancellationError()")
    #expect(try await events.value == [])
    #expect(fixture.plans.waiters.count == 0)

    let closed = Task { await asyncErrorCode { try await handle.result() } }
    let closedEvents = Task { await asyncErrorCode { try await Self.events(fixture, tokens[1]) } }
    try await waitUntil("a task to wait") { fixture.plans.waiters.count == 1 }
    try fixture.plans.close()
    #expect(await closed.value == "closed")
    #expect(await closedEvents.value == "closed")
    withExtendedLifetime(directory) {}
  }

  @Test("ask and change their plans as the host's other calls: they fail or wait")
  func calls() async throws {
    let fixture = try LifecycleFixture(LifecycleFixture.suspendable)
    let plan = try fixture.use().id
    let handle = fixture.plans.handle(for: plan)
    try await fixture.plans.suspend(calls: .fail, within: .seconds(600))
    #expect(await asyncErrorCode { try await handle.status() } == "suspended")
    #expect(await asyncErrorCode { try await handle.cancel(reason: "enough") } == "suspended")
    #expect(await asyncErrorCode { try await fixture.plans.use("sample") } == "suspended")
    try await fixture.plans.suspend(calls: .wait, within: .seconds(600))
    async let known = handle.plan().id
    async let cancelled = handle.cancel(reason: "enough").status
    async let used = fixture.plans.use("sample").status()
    try await fixture.plans.resume()
    #expect(try await known == plan)
    #expect(try await cancelled == .strategizeCancelled)
    #expect(try await used == .strategizeQueued)
  }
}
