import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A completion with work of its own", .timeLimit(.minutes(30)))
struct CompletionTests {
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = HookedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
    try fixture.plans.writeBlocking {
      try $0.createAction(Fixture.action("local/next", actor: "x"))
    }
  }

  private var once: RetryPolicy {
    get throws { try RetryPolicy(attempts: 1, base: .zero, cap: .zero) }
  }

  /// The plans that completions have used.
  private func used() throws -> [Plan] {
    try fixture.plans.readBlocking { snapshot in
      try snapshot.plans(matching: PlanQuery(PlanFilter(action: ActionName("local/next")))).rows
    }
  }

  @Test("uses, cancels and reads other plans in the unit of work that completes the phase")
  func together() async throws {
    let other = try fixture.plans.writeBlocking { try $0.use("local/next") }
    let commits = Locked([[Plan.ID]]())
    let ids = Locked([Plan.ID]())
    let subscription = engine.notifier.subscribe(needsChangedPlans: true) { notification in
      commits.withLock { $0.append(notification.changedPlans?.map(\.plan) ?? []) }
    }
    try await fixture.whileWorking { _, _ in
      .complete { transaction in
        try transaction.cancel(other.id, reason: "replaced")
        let next = try transaction.use("local/next")
        let count = try transaction.snapshot.counts(in: .action(ActionName("local/next"))).total
        return ["next": .string("\(next.id)"), "count": .integer(Int64(count))]
      }
    } _: {
      let plan = try fixture.use()
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      let next = try #require(try used().first { $0.id != other.id })
      #expect(
        done.progress.result(of: .strategize) == ["next": .string("\(next.id)"), "count": 2])
      #expect(try fixture.plan(other.id).status == .strategizeCancelled)
      ids.withLock { $0 = [other.id, next.id, plan.id] }
    }
    // Told after the commit: the worker has ended by now.
    #expect(commits.withLock { $0 }.contains(ids.withLock { $0 }))
    withExtendedLifetime(subscription) {}
  }

  @Test("is not run when the lease is lost")
  func fenced() async throws {
    let runs = Locked(0)
    let outcome = HandlerOutcome.complete { transaction in
      runs.withLock { $0 += 1 }
      try transaction.use("local/next")
      return .null
    }
    let plan = try fixture.use()
    let token = try fixture.claimOne(plan.id)
    try fixture.plans.writeBlocking { _ = try $0.evict(plan.id, reason: "too slow") }
    #expect(
      errorCode { try fixture.plans.writeBlocking { _ = try $0.conclude(token, outcome) } }
        == "leaseLost")
    #expect(runs.withLock { $0 } == 0)
    #expect(try used().isEmpty)
  }

  @Test("is not run by a worker that was not told that its lease is lost")
  func fencedWorker() async throws {
    let inner = try LifecycleFixture.backend.open()
    let (here, there) = (
      try LifecycleFixture(engine: inner),
      try LifecycleFixture(engine: HookedEngine(inner, isDeaf: true))
    )
    let runs = Locked(0)
    let lost = Locked(0)
    let worker = PlanWorker(
      store: here.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { assignment, _ in
          try there.plans.writeBlocking { transaction in
            _ = try transaction.cancel(assignment.plan.id, reason: "enough")
          }
          return .complete { _ in
            runs.withLock { $0 += 1 }
            return .null
          }
        }
      ]
    ) { report in
      if case .leaseLost = report { lost.withLock { $0 += 1 } }
    }
    let plan = try here.use()
    async let running: Void = worker.run()
    try await waitUntil("a report of the lost lease") { lost.withLock { $0 } == 1 }
    worker.stop()
    try await running
    #expect(runs.withLock { $0 } == 0)
    #expect(try here.plan(plan.id).status == .strategizeCancelled)
  }

  @Test("fails the attempt when it throws, and leaves nothing of its work")
  func failing() async throws {
    let attempts = Locked([Int]())
    try await fixture.whileWorking { assignment, _ in
      attempts.withLock { $0.append(assignment.attempt) }
      return .complete { transaction in
        try transaction.use("local/next")
        if assignment.attempt == 1 { throw TestError("not yet") }
        return "done"
      }
    } _: {
      let plan = try fixture.use(retry: try RetryPolicy(attempts: 2, base: .zero, cap: .zero))
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(attempts.withLock { $0 } == [1, 2])
      #expect(done.progress.result(of: .strategize) == "done")
      #expect(try used().count == 1)
      let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
      #expect(events.map(\.command) == [.use, .claim, .fail, .claim, .complete])
      guard case .failure(let failure)? = events[2].detail else { throw TestError("no failure") }
      #expect(failure.code == .handlerFailed && failure.isRetryable)
    }
  }

  @Test("runs again, with effect once, after the store failed")
  func repeated() async throws {
    let runs = Locked(0)
    let engine = engine
    try await fixture.whileWorking { _, _ in
      .complete { transaction in
        try transaction.use("local/next")
        let run = runs.withLock { runs in
          runs += 1
          return runs
        }
        if run == 1 {
          engine.next(.beforeCommit) {
            throw StorageError(.busy, operation: "writing", subject: "the store")
          }
        }
        return .integer(Int64(run))
      }
    } _: {
      let plan = try fixture.use()
      try await waitUntil("the plan to be done") {
        fixture.time.advance(by: .milliseconds(50))
        return try fixture.plan(plan.id).status == .strategizeComplete
      }
      #expect(try fixture.plan(plan.id).progress.result(of: .strategize) == 2)
      #expect(try fixture.plan(plan.id).progress.attempt == 1)
      #expect(try used().count == 1)
    }
  }

  @Test("cannot end the lease of its own attempt")
  func misuse() async throws {
    let bodies: [@Sendable (borrowing PlanTransaction, LeaseToken) throws -> Void] = [
      { transaction, token in _ = try transaction.cancel(token.plan, reason: "enough") },
      { transaction, token in _ = try transaction.release(token) },
    ]
    for body in bodies {
      let plan = try fixture.use("local/sample", retry: try once)
      try await fixture.whileWorking { assignment, _ in
        .complete { transaction in
          try body(transaction, assignment.token)
          return .null
        }
      } _: {
        let failed = try await fixture.reached(plan.id) { $0.hasEnded }
        #expect(failed.status == .strategizeErrored)
        #expect(failed.progress.failure?.code == .handlerFailed)
        try fixture.checkHistory(plan.id)
      }
    }
  }

  @Test("is equal to itself only, as functions cannot be compared")
  func equality() {
    let (one, other) = (
      HandlerOutcome.complete { _ in .null }, HandlerOutcome.complete { _ in .null }
    )
    #expect(one == one && one != other && one != .complete(.null))
    #expect(Set([one, other, one, .complete(.null), .complete(.null)]).count == 3)
  }
}
