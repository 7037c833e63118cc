import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A handler that hangs", .timeLimit(.minutes(30)))
struct HungHandlerTests {
  /// Tries every write that a handler has, and records which of them are refused.
  private static func writeLate(
    _ token: LeaseToken, _ context: HandlerContext, _ plans: PlanLifecycleService,
    _ recorder: HandlerRecorder
  ) async throws {
    let failure = try Plan.Failure(code: "late", message: "late", isRetryable: false)
    let writes: [(String, @Sendable () async throws -> Void)] = [
      ("checkpoint", { try await context.checkpoint("late", 1) }),
      ("complete", { try await plans.write { _ = try $0.complete(token, result: "late") } }),
      ("fail", { try await plans.write { _ = try $0.fail(token, failure) } }),
      ("release", { try await plans.write { _ = try $0.release(token) } }),
    ]
    for (name, write) in writes {
      // In a task that is not cancelled, or a store may refuse the write for that reason.
      let code = await Task { await asyncErrorCode { try await write() } }.value
      recorder.note { $0.refused["\(name) \(code ?? "accepted")", default: 0] += 1 }
    }
  }

  private func worker(
    _ fixture: LifecycleFixture, _ recorder: HandlerRecorder, _ options: WorkerOptions,
    handler: @escaping PlanHandler
  ) throws -> PlanWorker {
    PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: options, report: recorder.report)
  }

  /// Moves the clock by the interval of the renewals, and waits for each of them.
  private func renew(
    _ plans: [Plan.ID], of fixture: LifecycleFixture, times: Int, until end: Timestamp
  ) async throws {
    for _ in 0..<times {
      let next = fixture.time.now().adding(.seconds(10))
      try await waitUntil("the next renewal to be planned") { fixture.time.isAwaited(next) }
      fixture.time.advance(to: next)
      let expiry = min(next.adding(.seconds(30)), end)
      try await waitUntil("all leases to be renewed") {
        try fixture.plans.readBlocking { snapshot in
          try plans.allSatisfy { try snapshot.plan($0).progress.lease?.expiresAt == expiry }
        }
      }
    }
  }

  // The deaf handlers write as soon as they are cancelled, and again when they return: cancel them
  // before their plans are reclaimed, and writes are accepted.
  @Test(
    "gives its slot back after the time-out and the cancel grace, a thousand times, half deaf",
    arguments: TestStore.allCases)
  func thousand(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let (recorder, gate, count) = (HandlerRecorder(), Gate(), 1_000)
    let start = fixture.time.now()
    let hung = try (0..<count).map { _ in
      try fixture.use(retry: .never, attemptTimeout: .seconds(65)).id
    }
    let (all, deaf) = (Set(hung), Set(hung.prefix(count / 2)))
    let barrier = Gate()
    let worker = try worker(
      fixture, recorder,
      try WorkerOptions(concurrency: count, leaseFor: .seconds(30), cancelGrace: .seconds(4))
    ) { assignment, context in
      if all.contains(assignment.plan.id) {
        recorder.note { $0.started.append(1) }
        guard deaf.contains(assignment.plan.id) else {
          await untilCancelled()
          return .complete("late")
        }
        await untilCancelled()
        try await Self.writeLate(assignment.token, context, fixture.plans, recorder)
        recorder.note { $0.cancelled += 1 }
        await gate.wait()
        try await Self.writeLate(assignment.token, context, fixture.plans, recorder)
      } else {
        recorder.note { $0.startedNext += 1 }
        if recorder.counts.startedNext == count { barrier.open() }
        await barrier.wait()
      }
      return .complete("done")
    }
    let running = Task { try await worker.run() }
    try await waitUntil("all handlers to hang") { recorder.counts.started.count == count }
    let end = start.adding(.seconds(65))
    try await renew(hung, of: fixture, times: 6, until: end)
    #expect(recorder.counts.cancelled == 0 && recorder.counts.reports.isEmpty)

    fixture.time.advance(to: end)
    try await waitUntil("all handlers to be cancelled") {
      recorder.counts.cancelled == count / 2 && recorder.counts.count("lost") == count / 2
    }
    #expect(recorder.counts.count("abandoned") == 0)
    fixture.time.advance(to: end.adding(.seconds(4)))
    try await waitUntil("the deaf handlers to be left behind") {
      recorder.counts.count("abandoned") == count / 2
    }
    // Every slot is free at once: each of these handlers waits for all of them.
    let next = try (0..<count).map { _ in try fixture.use("local/next").id }
    try await waitUntil("the next plans to be done") {
      try next.allSatisfy { try fixture.plan($0).status == .strategizeComplete }
    }
    #expect(fixture.time.now() <= end.adding(.seconds(5)))

    gate.open()
    try await waitUntil("the deaf handlers to return") { recorder.counts.count("lost") == count }
    try expectNoLateWrites(hung, of: fixture, recorder)
    worker.stop()
    try await running.value
  }

  private func expectNoLateWrites(
    _ hung: [Plan.ID], of fixture: LifecycleFixture, _ recorder: HandlerRecorder
  ) throws {
    let writes = ["checkpoint", "complete", "fail", "release"].map { "\($0) leaseLost" }
    #expect(recorder.counts.refused == Dictionary(uniqueKeysWithValues: writes.map { ($0, 1_000) }))
    try fixture.plans.readBlocking { snapshot in
      for id in hung {
        let plan = try snapshot.plan(id)
        #expect(plan.status == .strategizeErrored && plan.progress.checkpoint == nil)
        #expect(plan.progress.failure?.code == .attemptTimedOut)
        #expect(try snapshot.events(of: id).map(\.command) == [.use, .claim, .reclaim])
      }
    }
  }

  // Let the next attempt of a plan replace the first one, and that slot is free before its time.
  @Test(
    "keeps its slot during the cancel grace, while the next attempt of its plan uses another one",
    arguments: TestStore.allCases)
  func nextAttempt(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let (recorder, first, second) = (HandlerRecorder(), Gate(), Gate())
    let plan = try fixture.use(retry: RetryPolicy(attempts: 2), attemptTimeout: .seconds(35))
    let options = try WorkerOptions(concurrency: 2, cancelGrace: .seconds(7))
    let worker = try worker(fixture, recorder, options) { assignment, _ in
      if assignment.plan.id == plan.id {
        recorder.note { $0.started.append(assignment.attempt) }
        await recorder.waitDeaf(assignment.attempt == 1 ? first : second)
      }
      return .complete(.integer(Int64(assignment.attempt)))
    }
    let running = Task { try await worker.run() }
    try await waitUntil("the first attempt") { recorder.counts.started == [1] }
    let end = fixture.time.now().adding(.seconds(35))
    fixture.time.advance(to: end)
    try await waitUntil("the second attempt, and the end of the first") {
      recorder.counts.started == [1, 2] && recorder.counts.cancelled == 1
    }
    // Both slots are taken: nothing else is claimed before the grace has ended.
    let other = try fixture.use("local/other")
    fixture.time.advance(to: end.adding(.seconds(6)))
    #expect(try fixture.plan(other.id).status == .strategizeQueued)
    fixture.time.advance(to: end.adding(.seconds(7)))
    _ = try await fixture.reached(other.id) { $0.status == .strategizeComplete }
    #expect(recorder.counts.reports == ["abandoned 1"])

    second.open()
    let done = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
    #expect(done.progress.result(of: .strategize) == 2)
    first.open()
    try await waitUntil("the first handler to return") {
      recorder.counts.reports == ["abandoned 1", "lost 1"]
    }
    try fixture.checkHistory(plan.id)
    worker.stop()
    try await running.value
  }

  // Leave the time-outs to the loop that claims, and the first of these waits until its time limit.
  @Test(
    "does not keep a worker from stopping, whether it times out meanwhile or not",
    arguments: TestStore.allCases, [true, false])
  func stop(store: TestStore, timesOut: Bool) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let (recorder, gate) = (HandlerRecorder(), Gate())
    let timeout = Duration.seconds(timesOut ? 5 : 50)
    let plans = try (0..<4).map { _ in
      try fixture.use(retry: .never, attemptTimeout: timeout).id
    }
    let deaf = Set(plans.prefix(2))
    let options = try WorkerOptions(grace: .seconds(9), cancelGrace: .seconds(3))
    let worker = try worker(fixture, recorder, options) { assignment, _ in
      recorder.note { $0.started.append(1) }
      if deaf.contains(assignment.plan.id) {
        await recorder.waitDeaf(gate)
        return .complete("late")
      }
      await untilCancelled()
      throw CancellationError()
    }
    let running = Task { try await worker.run() }
    try await waitUntil("all handlers to hang") { recorder.counts.started.count == 4 }
    let start = fixture.time.now()
    worker.stop()
    // The time-out, or the end of the grace; both handlers that listen end, and then the others.
    let end = start.adding(timesOut ? timeout : .seconds(9))
    try await waitUntil("the worker to wait for its handlers") { fixture.time.isAwaited(end) }
    fixture.time.advance(to: end)
    try await waitUntil("all handlers to be cancelled") {
      recorder.counts.cancelled == 2 && recorder.counts.reports.count == 2
    }
    #expect(recorder.counts.count(timesOut ? "lost" : "released") == 2)
    try await waitUntil("the worker to wait for the deaf handlers") {
      fixture.time.isAwaited(end.adding(.seconds(3)))
    }
    fixture.time.advance(to: end.adding(.seconds(3)))
    try await running.value
    try await waitUntil("the last report") { recorder.counts.reports.count == 4 }
    #expect(recorder.counts.count(timesOut ? "abandoned" : "released") == (timesOut ? 2 : 4))
    for id in plans {
      let plan = try fixture.plan(id)
      #expect(plan.status == (timesOut ? .strategizeErrored : .strategizeQueued))
      #expect(plan.progress.attempt == (timesOut ? 1 : 0) && plan.progress.lease == nil)
    }
    try await waitUntil("the thread of the worker to end") { fixture.time.waiting == 0 }
    gate.open()
  }
}
