import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A worker", .timeLimit(.minutes(30)))
struct WorkerTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  /// Runs a worker while the body runs, then stops it.
  func withWorker(
    _ fixture: LifecycleFixture, _ options: WorkerOptions = .standard,
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in },
    handler: @escaping PlanHandler, _ body: @Sendable (PlanWorker) async throws -> Void
  ) async throws {
    let worker = PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: options, report: report)
    async let running: Void = worker.run()
    try await body(worker)
    worker.stop()
    try await running
  }

  @Test("carries a plan through all its phases, woken by the commits of others")
  func happyPath() async throws {
    let phases = Locked([PlanPhase]())
    try await withWorker(fixture) { assignment, context in
      phases.withLock { $0.append(assignment.phase) }
      context.report("working")
      return .complete(.string(assignment.phase.rawValue))
    } _: { [fixture] _ in
      // The worker is idle by now or will be; the use wakes it, for the clock stands still.
      let plan = try fixture.use(automation: .auto)
      let done = try await fixture.reached(plan.id) { $0.isFinal }
      #expect(done.status == .applyApplied && done.progress.result(of: .apply) == "apply")
      #expect(phases.withLock { $0 } == PlanPhase.allCases)
    }
  }

  @Test("never runs more handlers than it may, and waits for none in the order of claims")
  func concurrency() async throws {
    let plans = try (0..<10).map { _ in try fixture.use(automation: .auto, readOnly: true).id }
    let gate = Gate()
    let running = Locked((now: 0, most: 0))
    try await withWorker(fixture, try WorkerOptions(concurrency: 3)) { assignment, _ in
      running.withLock { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      defer { running.withLock { $0.now -= 1 } }
      // The first plan is stuck until all the others are done.
      if assignment.plan.id == plans[0], assignment.phase == .strategize { await gate.wait() }
      return .complete(.null)
    } _: { [fixture] _ in
      for id in plans.dropFirst() { _ = try await fixture.reached(id) { $0.isFinal } }
      #expect(try fixture.plan(plans[0]).status == .strategizeProcessing)
      gate.open()
      _ = try await fixture.reached(plans[0]) { $0.isFinal }
      #expect((2...3).contains(running.withLock { $0.most }))
    }
  }

  @Test("tries again after the delay that the plan's policy says")
  func backoff() async throws {
    let attempts = Locked([Int]())
    try await withWorker(fixture) { assignment, _ in
      attempts.withLock { $0.append(assignment.attempt) }
      if assignment.attempt == 1 { throw PlanError.noChildren }
      return .complete(.null)
    } _: { [fixture] _ in
      let plan = try fixture.use()
      let failed = try await fixture.reached(plan.id) { $0.progress.failure != nil }
      #expect(failed.progress.failure?.code == .handlerFailed)
      let readyAt = try #require(failed.progress.readyAt)
      // It sleeps until exactly then, and does not poll.
      try await waitUntil("the worker to sleep until \(readyAt)") {
        fixture.time.nextWake == readyAt
      }
      fixture.time.advance(by: readyAt.since(fixture.time.now()))
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(attempts.withLock { $0 } == [1, 2])
    }
  }

  @Test("keeps the lease while the handler runs")
  func renewal() async throws {
    let gate = Gate()
    try await withWorker(fixture, try WorkerOptions(leaseFor: .seconds(30))) { _, _ in
      await gate.wait()
      return .complete(.null)
    } _: { [fixture] _ in
      let plan = try fixture.use()
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
      for _ in 0..<5 {
        let expiry = try fixture.plan(plan.id).progress.lease?.expiresAt
        let next = fixture.time.now().adding(.seconds(10))
        try await waitUntil("the next renewal to be planned") { fixture.time.isAwaited(next) }
        fixture.time.advance(by: .seconds(10))
        try await waitUntil("the lease to be renewed") {
          try fixture.plan(plan.id).progress.lease?.expiresAt != expiry
        }
      }
      gate.open()
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(done.progress.attempt == 1)
    }
  }

  @Test("shows other processes the latest report of a handler, with the next renewal")
  func reports() async throws {
    let gate = Gate()
    let seen = Locked([String]())
    try await withWorker(fixture, try WorkerOptions(leaseFor: .seconds(30))) { report in
      if case .progress(_, let message) = report { seen.withLock { $0.append(message) } }
    } handler: { _, context in
      context.report("one of three")
      context.report("two of three")
      await gate.wait()
      return .complete(.null)
    } _: { [fixture] _ in
      let plan = try fixture.use()
      try await waitUntil("both reports") { seen.withLock { $0.count } == 2 }
      #expect(try fixture.plan(plan.id).progress.report == nil)
      let next = fixture.time.now().adding(.seconds(10))
      try await waitUntil("the renewal to be planned") { fixture.time.isAwaited(next) }
      fixture.time.advance(by: .seconds(10))
      // A renewal has no event.
      try await waitUntil("the report to be stored") {
        try fixture.plan(plan.id).progress.report == "two of three"
      }
      gate.open()
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(done.progress.report == nil)
    }
  }

  // Protection 4: let `InFlightAssignments.fence` cancel nothing, and this waits until its time limit.
  @Test("cancels the handler of a plan that was cancelled, and drops its outcome")
  func cancelledPlan() async throws {
    let lost = Locked([LeaseToken]())
    try await withWorker(fixture) { report in
      if case .leaseLost(let token) = report { lost.withLock { $0.append(token) } }
    } handler: { _, _ in
      await untilCancelled()
      return .complete("too late")
    } _: { [fixture] _ in
      let plan = try fixture.use()
      let busy = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
      try await fixture.plans.write { try $0.cancel(plan.id, reason: "enough") }
      try await waitUntil("a report of the lost lease") { lost.withLock { !$0.isEmpty } }
      #expect(lost.withLock { $0 } == [busy.leaseToken])
      #expect(try fixture.plan(plan.id).progress.result(of: .strategize) == nil)
    }
  }

  @Test("lets handlers finish when it is stopped, within the grace")
  func gracefulStop() async throws {
    let (gate, fixture) = (Gate(), fixture)
    let plan = try fixture.use()
    try await withWorker(fixture) { _, _ in
      await gate.wait()
      return .complete("done")
    } _: { worker in
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
      worker.stop()
      gate.open()
    }
    #expect(try fixture.plan(plan.id).status == .strategizeComplete)
  }

  @Test("releases unfinished plans when it is stopped")
  func releaseOnStop() async throws {
    let fixture = fixture
    let plan = try fixture.use()
    let released = Locked(0)
    try await withWorker(fixture, try WorkerOptions(grace: .zero)) { report in
      if case .released = report { released.withLock { $0 += 1 } }
    } handler: { _, _ in
      await untilCancelled()
      throw CancellationError()
    } _: { _ in
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
    }
    let after = try fixture.plan(plan.id)
    #expect(after.status == .strategizeQueued && after.progress.attempt == 0)
    #expect(released.withLock { $0 } == 1)
  }

  @Test("releases the plan of a handler that ignores its cancellation")
  func deafHandler() async throws {
    let (gate, fixture) = (Gate(), fixture)
    let plan = try fixture.use()
    try await withWorker(fixture, try WorkerOptions(grace: .zero, cancelGrace: .zero)) { _, _ in
      await gate.wait()
      return .complete("from the dead")
    } _: { _ in
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
    }
    #expect(try fixture.plan(plan.id).status == .strategizeQueued)
    gate.open()
    #expect(try fixture.plan(plan.id).progress.result(of: .strategize) == nil)
  }

  @Test("stops in the same way when its task is cancelled")
  func cancelledTask() async throws {
    let fixture = fixture
    let plan = try fixture.use()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          await untilCancelled()
          throw CancellationError()
        }
      ], options: try WorkerOptions(grace: .zero))
    let task = Task { try await worker.run() }
    _ = try await fixture.reached(plan.id) { $0.status == .strategizeProcessing }
    task.cancel()
    try await task.value
    #expect(try fixture.plan(plan.id).status == .strategizeQueued)
  }

  // Protection 5: leave `reclaim` out of `claimAndReclaim`, and this waits until its time limit.
  @Test("reclaims the expired lease of another worker and does the work")
  func reclaims() async throws {
    let plan = try fixture.use()
    _ = try fixture.claimOne(plan.id)
    try await withWorker(fixture) { assignment, _ in
      .complete(.integer(Int64(assignment.attempt)))
    } _: { [fixture] _ in
      let expiry = try fixture.plan(plan.id).progress.lease?.expiresAt
      try await waitUntil("the worker to sleep until the lease expires") {
        // In between it looks once for actors without a handler.
        if let next = fixture.time.nextWake, let expiry, next < expiry {
          fixture.time.advance(by: next.since(fixture.time.now()))
        }
        return fixture.time.nextWake == expiry
      }
      fixture.time.advance(by: .seconds(60))
      let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(done.progress.result(of: .strategize) == 2)
    }
  }

  @Test("turns an invalid outcome into a failure that is not retried")
  func refusedOutcomes() async throws {
    let outcomes: [(HandlerOutcome, String)] = [
      (.constrain(reason: "not here"), "transitionNotAllowed"),
      (.constrain(reason: ""), "invalidText"),
      (.spawn([], .standard), "noChildren"),
      (
        .complete(.string(String(repeating: "x", count: PlanLimits.documentBytes))),
        "documentTooLarge"
      ),
    ]
    for (outcome, code) in outcomes {
      let fixture = try LifecycleFixture()
      try await withWorker(fixture) { _, _ in
        outcome
      } _: { _ in
        let plan = try fixture.use()
        let failed = try await fixture.reached(plan.id) { $0.hasEnded }
        #expect(failed.status == .strategizeErrored)
        #expect(failed.progress.failure?.code.description == code)
        try fixture.checkHistory(plan.id)
      }
    }
  }

  @Test("lets a handler keep checkpoints, which the next attempt finds")
  func checkpoints() async throws {
    let found = Locked([JSONValue?]())
    try await withWorker(fixture) { assignment, context in
      found.withLock { $0.append(assignment.checkpoint?.data) }
      try await context.checkpoint(Key("half"), .integer(Int64(assignment.attempt)))
      let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: true)
      return assignment.attempt == 1 ? .fail(failure) : .complete(.null)
    } _: { [fixture] _ in
      let plan = try fixture.use(retry: try RetryPolicy(attempts: 2, base: .zero, cap: .zero))
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
      #expect(found.withLock { $0 } == [nil, 1])
    }
  }

  @Test("finishes any tree with one slot, because waiting plans hold none")
  func anyTree() async throws {
    var random = SeededGenerator.announced()
    for _ in 0..<10 {
      let fixture = try LifecycleFixture()
      let seed = random.next()
      let child = ActionName("local/sample")
      try await withWorker(fixture, try WorkerOptions(concurrency: 1)) { assignment, _ in
        guard assignment.phase == .execute, assignment.children.isEmpty,
          assignment.plan.definition.depth < 3
        else { return .complete(.null) }
        var random = SeededGenerator(seed: seed ^ assignment.plan.id.ulid.low)
        let count = Int.random(in: 0...4, using: &random)
        guard count > 0 else { return .complete(.null) }
        let modes: [ChildSchedule.Mode] = [.parallel, .sequential]
        let mode = modes.randomElement(using: &random) ?? .parallel
        return .spawn(
          Array(repeating: ChildSpec(action: child), count: count),
          try ChildSchedule(mode: mode, maxParallel: Int.random(in: 1...3, using: &random)))
      } _: { _ in
        let root = try fixture.use(automation: .auto)
        let done = try await fixture.reached(root.id) { $0.isFinal }
        #expect(done.status == .applyApplied)
        for plan in try await fixture.plans.read({ try $0.tree(root.id) }) {
          #expect(plan.status == .applyApplied)
        }
      }
    }
  }

  @Test("refuses invalid options and names")
  func options() async throws {
    #expect(errorCode { try WorkerOptions(concurrency: 0) } == "outOfRange")
    #expect(errorCode { try WorkerOptions(concurrency: 1025) } == "outOfRange")
    #expect(errorCode { try WorkerOptions(leaseFor: .milliseconds(9)) } == "outOfRange")
    #expect(errorCode { try WorkerOptions(leaseFor: .seconds(8 * 86_400)) } == "outOfRange")
    #expect(errorCode { try WorkerOptions(grace: .seconds(-1)) } == "outOfRange")
    #expect(errorCode { try WorkerOptions(pollInterval: .zero) } == "outOfRange")
    let worker = PlanWorker(store: fixture.plans, name: "☃", handlers: [:])
    #expect(await asyncErrorCode { try await worker.run() } == "invalidText")
    let noActions: [any ExecutableAction] = []
    for name in ["☃", String(repeating: "x", count: 230)] {
      #expect(
        errorCode { try PlanWorker(store: fixture.plans, name: name, actions: noActions) }
          == "invalidText")
    }
    _ = try PlanWorker(
      store: fixture.plans, name: String(repeating: "x", count: 229), actions: noActions)
  }

  // Forget a `stop()` that comes before the run, and this test never ends.
  @Test("that is stopped before it runs ends its next run at once, and runs after that")
  func stoppedBefore() async throws {
    let worker = PlanWorker(store: fixture.plans, name: "worker", handlers: [:])
    worker.stop()
    worker.stop()
    try await worker.run()
    #expect(try await worker.run { "ran" } == "ran")
  }
}
