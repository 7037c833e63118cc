import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The outcome of a typed action", .timeLimit(.minutes(30)))
struct TypedOutcomeTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func action(
    automation: Automation = .auto, retry: RetryPolicy = .never
  ) throws -> TypedAction<Release, NoValue> {
    try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}",
      automation: automation, retry: retry)
  }

  @Test("is another one than a result when a closure throws a PhaseExit")
  func exits() async throws {
    let fixture = fixture
    let release = try action(automation: .review).execute { run in
      if run.arguments.version == "bad" {
        throw PhaseExit(
          .fail(try Plan.Failure(code: "noSuchTag", message: "bad", isRetryable: false)))
      }
    }.apply { _ in throw PhaseExit(.constrain(reason: "locked")) }
    try await fixture.withWorker([release]) {
      let failed = try await fixture.ended(release, Release(version: "bad"))
      #expect(failed.status == .executeErrored)
      #expect(failed.progress.failure?.code == "noSuchTag")
      let plan = try await fixture.plans.write {
        try $0.use(release, arguments: Release(version: "1"))
      }
      _ = try await fixture.reached(plan.id) { $0.status == .executeComplete }
      try await fixture.plans.write { _ = try $0.advance(plan.id) }
      let constrained = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(constrained.status == .applyConstrained)
      #expect(
        throws: PlanError.noResult(
          plan.id, of: "local/release", status: .applyConstrained,
          reason: "it could not be applied with the failure constrained")
      ) { try release.result(of: constrained) }
    }
  }

  @Test("is a failed attempt when a closure throws another error")
  func thrownErrors() async throws {
    let fixture = fixture
    let attempts = Locked([Int]())
    let retry = try RetryPolicy(attempts: 2, base: .zero, cap: .zero)
    let release = try action(retry: retry).execute { run in
      attempts.withLock { $0.append(run.attempt) }
      if run.attempt == 1 { throw TestError() }
      return "second"
    }
    try await fixture.withWorker([release]) {
      let plan = try await fixture.ended(release, Release(version: "1"))
      #expect(try release.result(of: plan) == "second")
      #expect(attempts.withLock { $0 } == [1, 2])
    }
  }

  @Test("is a failure without another attempt when a stored or returned value has a wrong form")
  func wrongForms() async throws {
    let fixture = fixture
    let older = try TypedAction(
      "local/release", taking: [String: Int].self, description: "x",
      arguments: ArgumentList([ArgumentDefinition(name: "version", type: .integer)]))
    let release = try action(retry: .standard).execute { _ in Double.nan }
    let worker = try PlanWorker(store: fixture.plans, name: "typed", actions: [release])
    try await fixture.plans.write { _ = try $0.createAction(older.definition) }
    let old = try await fixture.plans.write { try $0.use(older, arguments: ["version": 7]) }
    async let running: Void = worker.run()
    let ended = try await fixture.reached(old.id) { $0.hasEnded }
    // The phase without a closure does not look at the arguments.
    #expect(ended.status == .executeErrored)
    #expect(ended.progress.failure?.code == "notDecodable")
    #expect(
      ended.progress.failure?.message.contains(
        "'arguments.version' cannot be decoded: it is a number, but String is needed") == true)
    try await fixture.plans.write {
      _ = try $0.updateAction(release.definition, ifVersion: 1)
    }
    let plan = try await fixture.ended(release, Release(version: "1"))
    #expect(plan.progress.failure?.code == "notEncodable")
    #expect(plan.progress.failure?.message.contains("'result' cannot be stored") == true)
    worker.stop()
    try await running
  }

  private func reasonWithoutResult<Arguments, Result>(
    _ action: TypedAction<Arguments, Result>, _ plan: Plan
  ) -> String? {
    do { _ = try action.result(of: plan) } catch { return (error as? PlanError)?.reason }
    return nil
  }

  @Test("has no result while the plan has not succeeded, and says why")
  func noResult() throws {
    let release = try action(automation: .manual).execute { _ in 1 }
    let other = try TypedAction("local/other", taking: NoValue.self, description: "x")
    func reason(_ plan: Plan) -> String? { reasonWithoutResult(release, plan) }
    let (plan, stranger) = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(release.definition)
      try transaction.createAction(other.definition)
      return (
        try transaction.use(release, arguments: Release(version: "1")), try transaction.use(other)
      )
    }
    #expect(reason(stranger) == "it is a plan of local/other")
    #expect(reason(plan) == "it is strategize/queued and has not ended")
    let token = try fixture.claimOne(plan.id, actor: "local/release")
    let complete = try fixture.plans.writeBlocking { try $0.complete(token) }
    #expect(reason(complete) == "it is strategize/complete and waits for an operator")
    let cancelled = try fixture.plans.writeBlocking { try $0.cancel(plan.id, reason: "enough") }
    #expect(reason(cancelled) == "it was cancelled")
    let second = try fixture.plans.writeBlocking {
      try $0.use(release, arguments: Release(version: "2"))
    }
    let lease = try fixture.claimOne(second.id, actor: "local/release")
    let failed = try fixture.plans.writeBlocking {
      try $0.fail(lease, Plan.Failure(code: "broken", message: "x", isRetryable: false))
    }
    #expect(reason(failed) == "its phase strategize ended with the failure broken")
  }

  @Test("is not decoded from a result of another form")
  func otherResults() async throws {
    let fixture = fixture
    let texts = try action().execute { _ in ["a"] }
    let numbers = try action().execute { _ in [1] }
    try await fixture.withWorker([texts]) {
      let plan = try await fixture.ended(texts, Release(version: "1"))
      #expect(
        throws: PlanError.notDecodable(
          "result[0]", reason: "it is a string, but Int is needed")
      ) { try numbers.result(of: plan) }
    }
  }

  @Test("may follow checkpoints of Swift values, which the next attempt finds")
  func checkpoints() async throws {
    let fixture = fixture
    let found = Locked([Build?]())
    let reports = Locked([String]())
    let retry = try RetryPolicy(attempts: 2, base: .zero, cap: .zero)
    let release = try action(retry: retry).execute { run in
      let before = try run.checkpoint(as: Build.self)
      found.withLock { $0.append(before) }
      run.report("attempt \(run.attempt) of \(run.plan.id == run.assignment.plan.id)")
      try await run.checkpoint("built", Build(archive: "a", size: run.attempt))
      if run.attempt == 1 { throw TestError() }
    }
    try await fixture.withWorker([release]) { report in
      if case .progress(_, let text) = report { reports.withLock { $0.append(text) } }
    } _: {
      _ = try await fixture.ended(release, Release(version: "1"))
    }
    #expect(found.withLock { $0 } == [nil, Build(archive: "a", size: 1)])
    #expect(reports.withLock { $0 } == ["attempt 1 of true", "attempt 2 of true"])
  }
}
