import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("Children that are chosen when they are created", .timeLimit(.minutes(30)))
struct ChildChoiceTests {
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = HookedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
  }

  /// A plan in its execute phase, and the token of its lease.
  private func executing() throws -> (plan: Plan, token: LeaseToken) {
    let plan = try fixture.use(automation: .auto)
    let token = try fixture.claimOne(plan.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(token) }
    return (plan, try fixture.claimOne(plan.id))
  }

  @Test("are created together with what the body writes, from the actions that it registers")
  func together() async throws {
    let plan = try fixture.use(automation: .auto)
    try await fixture.whileWorking { assignment, _ in
      guard assignment.phase == .execute else { return .complete(.null) }
      return .spawn(.standard) { transaction in
        let action = try transaction.register(try Fixture.action("local/child", actor: "other"))
        return [ChildSpec(key: "a", action: action.name)]
      }
    } _: {
      _ = try await fixture.reached(plan.id) { $0.status == .executeWaiting }
    }
    let children = try fixture.plans.readBlocking { try $0.children(of: plan.id) }
    #expect(children.map(\.definition.action.name.description) == ["local/child"])
    try fixture.checkHistory(plan.id)
  }

  @Test("are not chosen when the lease is lost, or the phase has no children")
  func fenced() throws {
    let runs = Locked(0)
    let outcome = HandlerOutcome.spawn(.standard) { _ in
      runs.withLock { $0 += 1 }
      return []
    }
    let early = try fixture.claimOne(try fixture.use("local/early").id)
    #expect(
      errorCode { try fixture.plans.writeBlocking { _ = try $0.conclude(early, outcome) } }
        == "transitionNotAllowed")
    let (plan, token) = try executing()
    try fixture.plans.writeBlocking { _ = try $0.evict(plan.id, reason: "too slow") }
    #expect(
      errorCode { try fixture.plans.writeBlocking { _ = try $0.conclude(token, outcome) } }
        == "leaseLost")
    #expect(runs.withLock { $0 } == 0)
  }

  @Test("fail the attempt when the body throws, and leave nothing of its work")
  func failing() async throws {
    let plan = try fixture.use(
      automation: .auto, retry: try RetryPolicy(attempts: 2, base: .zero, cap: .zero))
    try await fixture.whileWorking { assignment, _ in
      guard assignment.phase == .execute else { return .complete(.null) }
      return .spawn(.standard) { transaction in
        _ = try transaction.register(try Fixture.action("local/child", actor: "other"))
        if assignment.attempt == 1 { throw TestError("not yet") }
        // No children at all: refused, without another attempt.
        return []
      }
    } _: {
      let failed = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(failed.status == .executeErrored && failed.progress.attempt == 2)
      #expect(failed.progress.failure?.code.description == "noChildren")
    }
    let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
    #expect(events.filter { $0.command == .fail }.count == 2)
    #expect(
      errorCode {
        try fixture.plans.readBlocking { _ = try $0.action("local/child") }
      } == "actionNotFound")
  }

  @Test("are chosen again after the store failed")
  func repeated() async throws {
    let runs = Locked(0)
    let engine = engine
    let plan = try fixture.use(automation: .auto)
    try await fixture.whileWorking { assignment, _ in
      guard assignment.phase == .execute else { return .complete(.null) }
      return .spawn(.standard) { transaction in
        let action = try transaction.register(try Fixture.action("local/child", actor: "other"))
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        if run == 1 {
          engine.next(.beforeCommit) {
            throw StorageError(.busy, operation: "writing", subject: "the store")
          }
        }
        return [ChildSpec(key: try Key("run-\(run)"), action: action.name)]
      }
    } _: {
      try await waitUntil("the children to be there") {
        fixture.time.advance(by: .milliseconds(50))
        return try fixture.plan(plan.id).status == .executeWaiting
      }
    }
    let children = try fixture.plans.readBlocking { try $0.children(of: plan.id) }
    #expect(children.map { $0.definition.position?.key.description } == ["run-2"])
  }

  @Test("are equal to themselves only, as functions cannot be compared")
  func equality() {
    let (one, other) = (
      HandlerOutcome.spawn(.standard) { _ in [] }, HandlerOutcome.spawn(.standard) { _ in [] }
    )
    #expect(one == one && one != other && one != .spawn([], .standard))
    #expect(Set([one, other, one]).count == 2)
  }
}
