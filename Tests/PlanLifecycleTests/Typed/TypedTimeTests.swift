import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The time of a typed action", .timeLimit(.minutes(30)))
struct TypedTimeTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  @Test("is limited for each attempt by a time-out, which its definition has")
  func attemptTimeout() async throws {
    let fixture = fixture
    let release = try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}",
      retry: RetryPolicy(attempts: 2), attemptTimeout: .seconds(30)
    ).execute { run in
      if run.attempt == 1 { await untilCancelled() }
      return run.attempt
    }
    #expect(release.definition.attemptTimeout == .seconds(30))
    try await fixture.withWorker([release]) {
      let plan = try await fixture.plans.write {
        try $0.use(release, arguments: Release(version: "1"))
      }
      #expect(plan.definition.action.attemptTimeout == .seconds(30))
      _ = try await fixture.reached(plan.id) { $0.status == .executeProcessing }
      fixture.time.advance(by: .seconds(30))
      let done = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(try release.result(of: done) == 2)
      let events = try await fixture.plans.read { try $0.events(of: plan.id) }
      #expect(events.filter { $0.command == .reclaim }.count == 1)
    }
    let invalid = #expect(throws: PlanError.self) {
      try TypedAction("local/x", taking: NoValue.self, description: "x", attemptTimeout: .zero)
    }
    #expect(invalid?.code == .outOfRange)
  }

  @Test("is postponed, or named for the next attempt, by a thrown PhaseExit")
  func later() async throws {
    let fixture = fixture
    let runs = Locked([Int]())
    let release = try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}"
    ).execute { run in
      runs.withLock { $0.append(run.attempt) }
      switch runs.withLock({ $0.count }) {
      case 1: throw PhaseExit(.postpone(by: .seconds(60)))
      case 2:
        throw PhaseExit(
          .fail(
            try Plan.Failure(
              code: "busy", message: "busy", isRetryable: true, retryAfter: .seconds(120))))
      default: return "done"
      }
    }
    try await fixture.withWorker([release]) {
      let plan = try await fixture.plans.write {
        try $0.use(release, arguments: Release(version: "1"))
      }
      for delay in [60, 120] {
        let readyAt = fixture.time.now().adding(.seconds(delay))
        _ = try await fixture.reached(plan.id) { $0.progress.readyAt == readyAt }
        fixture.time.advance(to: readyAt)
      }
      let done = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(try release.result(of: done) == "done")
      // Postponing gave the first attempt back; the failure used it up.
      #expect(runs.withLock { $0 } == [1, 1, 2])
    }
  }
}
