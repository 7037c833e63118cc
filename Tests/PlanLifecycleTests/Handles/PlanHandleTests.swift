import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("The handle of a plan", .timeLimit(.minutes(30)))
struct PlanHandleTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func createAction(
    readOnly: Bool = false, automation: Automation = .auto
  ) throws {
    try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(
        Fixture.action(
          readOnly: readOnly, automation: automation,
          arguments: [
            ArgumentDefinition(name: "number", type: .integer, requirement: .optional(default: nil))
          ]))
    }
  }

  @Test("returns the result of the last phase, of plans that are applied or read-only")
  func results() async throws {
    try createAction()
    try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(
        Fixture.action("local/reading", readOnly: true, automation: .auto))
    }
    try await fixture.whileWorking { assignment, _ in
      .complete(["phase": .string(assignment.phase.rawValue)])
    } _: {
      let applied = try await fixture.plans.use("sample")
      let reading = try await fixture.plans.use("local/reading")
      #expect(try await applied.result() == ["phase": "apply"])
      #expect(try await reading.result() == ["phase": "execute"])
      #expect(try await applied.status() == .applyApplied)
      #expect(try await applied.plan().id == applied.id)
      // A plan that has ended already is read once.
      #expect(try await fixture.plans.handle(for: applied.id).result() == ["phase": "apply"])
    }
    #expect(fixture.isWithoutWaiters)
  }

  @Test("of an idempotent use is that of the existing plan")
  func idempotent() async throws {
    try createAction()
    let use = PlanUse(
      action: ActionName("sample"), arguments: ["number": 1], idempotencyKey: Key("one"))
    let first = try await fixture.plans.use(use)
    #expect(try await fixture.plans.use(use).id == first.id)
    let found = try await fixture.plans.read { snapshot in
      try ["one", "two"].map { try snapshot.plan(of: "sample", idempotencyKey: $0)?.id }
    }
    #expect(found == [first.id, nil])
    #expect(await asyncErrorCode { _ = try await fixture.plans.use("unknown") } == "actionNotFound")
  }

  @Test("says why a plan that ended has no result")
  func noResult() async throws {
    let tokens = try fixture.started(2)
    let (cancelled, errored) = (tokens[0].plan, tokens[1].plan)
    func error(of id: Plan.ID) async -> PlanError? {
      do { _ = try await fixture.plans.handle(for: id).result() } catch {
        return error as? PlanError
      }
      return nil
    }
    async let first = error(of: cancelled)
    async let second = error(of: errored)
    try await fixture.waiting(2)
    try await fixture.plans.handle(for: cancelled).cancel(reason: "a secret reason")
    let failure = try Plan.Failure(code: "broken", message: "a secret", isRetryable: false)
    try fixture.plans.writeBlocking { _ = try $0.fail(tokens[1], failure) }
    let (why, what) = (await first, await second)
    #expect(why?.code == .planCancelled && why?.status == .executeCancelled)
    #expect(what?.code == .planErrored && what?.key == "broken" && what?.plan == errored)
    #expect([why, what].allSatisfy { $0?.description.contains("secret") == false })

    let plan = try fixture.use(automation: .auto)
    for _ in 0..<2 { try fixture.complete(try fixture.claimOne(plan.id)) }
    let token = try fixture.claimOne(plan.id)
    let manual = try fixture.use("local/manual")
    #expect(manual.status == .strategizeQueued)
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.cancel(manual.id, reason: "enough")
      _ = try transaction.fail(token, failure)
    }
    #expect(await error(of: plan.id)?.status == .applyErrored)
    #expect(await error(of: manual.id)?.status == .strategizeCancelled)
  }

  @Test("reports a plan that cannot be applied")
  func constrained() async throws {
    let automation = Automation(
      advanceToExecute: true, advanceToApply: true, revertWhenConstrained: false)
    let plan = try fixture.use(automation: automation)
    for _ in 0..<2 { try fixture.complete(try fixture.claimOne(plan.id)) }
    let token = try fixture.claimOne(plan.id)
    try fixture.plans.writeBlocking { _ = try $0.constrain(token, reason: "closed on Sundays") }
    let handle = fixture.plans.handle(for: plan.id)
    #expect(await asyncErrorCode { try await handle.result() } == "planConstrained")
  }

  @Test("waits for an approval up to a limit, counted from the end of the phase")
  func approval() async throws {
    let plan = try fixture.use()
    let handle = fixture.plans.handle(for: plan.id)
    async let overdue = asyncErrorCode { try await handle.result(approvalLimit: .seconds(60)) }
    try await fixture.waiting(1)
    // The limit does not count before the phase is complete.
    fixture.time.advance(by: .seconds(100))
    try fixture.complete(try fixture.claimOne(plan.id))
    let end = fixture.time.now().adding(.seconds(60))
    try await waitUntil("the alarm of the limit") { fixture.time.isAwaited(end) }
    fixture.time.advance(by: .seconds(59))
    #expect(fixture.plans.waiters.count == 1)
    fixture.time.advance(by: .seconds(1))
    #expect(await overdue == "approvalOverdue")
    // A new handle, as after a restart, does not begin to count again.
    let other = fixture.plans.handle(for: plan.id)
    #expect(
      await asyncErrorCode { try await other.result(approvalLimit: .seconds(60)) }
        == "approvalOverdue")
    // Without a limit, and after an approval, waiting goes on.
    async let cancelled = asyncErrorCode { try await other.result() }
    try fixture.plans.writeBlocking { _ = try $0.advance(plan.id) }
    async let second = asyncErrorCode { try await handle.result(approvalLimit: .zero) }
    try await fixture.waiting(2)
    try await handle.cancel(reason: "enough")
    #expect(await cancelled == "planCancelled")
    #expect(await second == "planCancelled")
    #expect(fixture.isWithoutWaiters)
  }

  @Test("made of an id after a restart of the process waits for the same plan")
  func restart() async throws {
    let directory = try ScratchDirectory()
    let file = directory.path("plans.db")
    let before = try LifecycleFixture(.sqlite(at: file))
    let token = try before.started(1)[0]
    let abandoned = Task { try await before.plans.handle(for: token.plan).result() }
    try await before.waiting(1)
    try before.plans.close()
    #expect(await asyncErrorCode { try await abandoned.value } == "closed")

    let after = try LifecycleFixture(.sqlite(at: file))
    async let result = after.plans.handle(for: token.plan).result()
    try await after.waiting(1)
    try after.complete(token, "done")
    #expect(try await result == "done")
    try after.plans.close()
  }

  @Test("lists the events, past and future, until the plan is final")
  func events() async throws {
    try createAction()
    try await fixture.whileWorking { _, _ in
      .complete(.null)
    } _: {
      let handle = try await fixture.plans.use("sample")
      var seen: [PlanEvent] = []
      for try await event in handle.events { seen.append(event) }
      #expect(seen == (try await fixture.plans.read { try $0.events(of: handle.id) }))
      #expect(seen.last?.to == .applyApplied)
    }
    let queued = try fixture.use("local/other")
    let task = Task { [plans = fixture.plans] in
      var count = 0
      for try await _ in plans.handle(for: queued.id).events { count += 1 }
      return count
    }
    try await fixture.waiting(1)
    task.cancel()
    #expect(try await task.value == 1)
    #expect(fixture.isWithoutWaiters)
  }

  @Test("is waited for together with others: for all, or for the first")
  func several() async throws {
    let tokens = try fixture.started(3)
    let handles = tokens.map { fixture.plans.handle(for: $0.plan) }
    async let all = fixture.plans.waitForAll(handles + [handles[0]])
    async let first = fixture.plans.waitForFirst(handles)
    try await fixture.waiting(2)
    try fixture.complete(tokens[1], "second")
    let found = try await first
    let winner = try #require(found)
    #expect(try winner.handle.id == handles[1].id && winner.result.get() == "second")
    try fixture.complete(tokens[0], "first")
    try await handles[2].cancel(reason: "enough")
    let results = try await all
    #expect(try results[0].get() == "first" && results[3].get() == "first")
    #expect(try results[1].get() == "second")
    #expect(errorCode { try results[2].get() } == "planCancelled")
    let none: [PlanHandle<JSONValue>] = []
    #expect(try await fixture.plans.waitForAll(none).isEmpty)
    #expect(try await fixture.plans.waitForFirst(none) == nil)
    #expect(fixture.isWithoutWaiters)
  }
}
