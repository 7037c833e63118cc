import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A handler whose plan cannot go on yet", .timeLimit(.minutes(30)))
struct PostponeTests {
  @Test(
    "postpones it by a delay or until a time, as often as it likes, and uses up no attempt",
    arguments: TestStore.allCases)
  func postpone(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let start = fixture.time.now()
    let later = start.adding(.seconds(86_400))
    let found = Locked([JSONValue?]())
    try await fixture.whileWorking { assignment, context in
      #expect(assignment.attempt == 1)
      let runs = found.withLock { found in
        found.append(assignment.checkpoint?.data)
        return found.count
      }
      switch runs {
      case 1:
        try await context.checkpoint("asked", "yes")
        return .postpone(by: .seconds(3_600))
      case 2: return .postpone(until: later)
      default: return .complete("done")
      }
    } _: {
      let plan = try fixture.use(retry: .never)
      for readyAt in [start.adding(.seconds(3_600)), later] {
        _ = try await fixture.reached(plan.id) { $0.progress.readyAt == readyAt }
        #expect(try fixture.plan(plan.id).progress.attempt == 0)
        fixture.time.advance(to: readyAt)
      }
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(found.withLock { $0 } == [nil, "yes", "yes"])
      let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
      #expect(
        events.map(\.command) == [.use, .claim, .release, .claim, .release, .claim, .complete])
      let details = events.filter { $0.command == .release }.map(\.detail)
      #expect(
        details == [.postponed(until: start.adding(.seconds(3_600))), .postponed(until: later)])
      try fixture.checkHistory(plan.id)
    }
  }

  // Take such a time for now, and the worker claims and releases the plan without a pause.
  @Test(
    "fails the attempt when the time has passed, and goes on after the delay of the policy",
    arguments: TestStore.allCases)
  func passed(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let start = fixture.time.now()
    try await fixture.whileWorking { assignment, _ in
      switch assignment.attempt {
      case 1: .postpone(until: start)
      case 2: .postpone(by: .zero)
      case 3: .postpone(by: .seconds(-60))
      default: .complete("done")
      }
    } _: {
      let plan = try fixture.use(retry: RetryPolicy(attempts: 4, base: .seconds(1)))
      for attempt in 1...3 {
        let failed = try await fixture.reached(plan.id) {
          $0.status == .strategizeQueued && $0.progress.attempt == attempt
        }
        #expect(failed.progress.failure?.code.description == "outOfRange")
        fixture.time.advance(to: try #require(failed.progress.readyAt))
      }
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      try fixture.checkHistory(plan.id)
    }
  }

  @Test("fails for good when the time is more than a year from now")
  func limit() async throws {
    let fixture = try LifecycleFixture()
    let year = Duration.seconds(366 * 86_400)
    try await fixture.whileWorking { _, _ in
      .postpone(by: year + .microseconds(1))
    } _: {
      let plan = try fixture.use()
      let failed = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(failed.status == .strategizeErrored && failed.progress.attempt == 1)
      #expect(failed.progress.failure?.code.description == "outOfRange")
    }
  }

  @Test(
    "fails the attempt with the time of the next one, which replaces the delay of the policy",
    arguments: TestStore.allCases)
  func retryAfter(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let failure = try Plan.Failure(
      code: "busy", message: "busy", isRetryable: true, retryAfter: .seconds(86_400))
    try await fixture.whileWorking { assignment, _ in
      assignment.attempt == 1 ? .fail(failure) : .complete("done")
    } _: {
      let plan = try fixture.use()
      let readyAt = fixture.time.now().adding(.seconds(86_400))
      let failed = try await fixture.reached(plan.id) { $0.progress.failure != nil }
      #expect(failed.progress.readyAt == readyAt)
      fixture.time.advance(to: readyAt)
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(done.progress.attempt == 2)
    }
  }
}
