import PlanDomain
import PlanLifecycle
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

@Suite("The handle of a typed action's plan", .timeLimit(.minutes(30)))
struct TypedHandleTests {
  /// An action that fails for the version `broken`, and is constrained for the version `locked`.
  private static func release(
    automation: Automation = Automation(
      advanceToExecute: true, advanceToApply: true, revertWhenConstrained: false)
  ) throws -> TypedAction<Release, Build> {
    try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}",
      automation: automation, retry: .never
    ).execute { run in
      if run.arguments.version == "broken" {
        throw PhaseExit(
          .fail(try Plan.Failure(code: "noSuchTag", message: "a secret", isRetryable: false)))
      }
      return Build(archive: "\(run.arguments.version).zip", size: 7)
    }.apply { run in
      if run.arguments.version == "locked" { throw PhaseExit(.constrain(reason: "a secret")) }
      return run.previous
    }
  }

  private func error<Output>(of handle: PlanHandle<Output>) async -> PlanError? {
    do { _ = try await handle.result() } catch { return error as? PlanError }
    return nil
  }

  private func purgeAll(_ fixture: LifecycleFixture) throws -> Int {
    fixture.time.advance(by: .seconds(1))
    let now = fixture.time.now()
    return try fixture.plans.writeBlocking { try $0.purge(endedBefore: now, limit: 100) }
  }

  @Test("returns the result as a Swift value", arguments: TestStore.allCases)
  func results(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let release = try Self.release()
    try await fixture.withWorker([release]) {
      let handles = [
        try await fixture.plans.use(release, arguments: Release(version: "1")),
        try await fixture.plans.use(release, arguments: Release(version: "2")),
      ]
      let builds = try await fixture.plans.waitForAll(handles).map { try $0.get() }
      #expect(builds == [Build(archive: "1.zip", size: 7), Build(archive: "2.zip", size: 7)])
      let again = fixture.plans.handle(for: handles[0].id, of: release)
      #expect(try await again.result() == builds[0])
      let found = try await fixture.plans.waitForFirst([again])
      #expect(try found?.result.get() == builds[0])
    }
  }

  @Test("is made again of the id after a restart of the process")
  func restart() async throws {
    let directory = try ScratchDirectory()
    let release = try Self.release()
    let before = try LifecycleFixture(.sqlite(at: directory.path("plans.db")))
    try await before.plans.write { try $0.register(release) }
    let id = try await before.plans.use(release, arguments: Release(version: "1")).id
    try before.plans.close()

    let after = try LifecycleFixture(.sqlite(at: directory.path("plans.db")))
    try await after.withWorker([release]) {
      let build = try await after.plans.handle(for: id, of: release).result()
      #expect(build == Build(archive: "1.zip", size: 7))
    }
    try after.plans.close()
  }

  @Test(
    "says that a phase failed or that the plan could not be applied, without the reason's text",
    arguments: TestStore.allCases)
  func failures(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let release = try Self.release()
    try await fixture.withWorker([release]) {
      let broken = try await fixture.plans.use(release, arguments: Release(version: "broken"))
      let errored = await error(of: broken)
      #expect(errored?.code == .planErrored && errored?.status == .executeErrored)
      #expect(errored?.key == "noSuchTag" && errored?.plan == broken.id)
      let locked = try await fixture.plans.use(release, arguments: Release(version: "locked"))
      let constrained = await error(of: locked)
      #expect(constrained?.code == .planConstrained && constrained?.plan == locked.id)
      let texts = [errored, constrained].map { $0?.description ?? "" }
      #expect(texts.allSatisfy { !$0.isEmpty && !$0.contains("secret") })
    }
  }

  @Test(
    "says that the plan was cancelled, by whom in its event, and that it was purged",
    arguments: TestStore.allCases)
  func cancellation(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let release = try Self.release()
    try await fixture.plans.write { try $0.register(release) }
    let handle = try await fixture.plans.use(release, arguments: Release(version: "1"))
    async let waiting = error(of: handle)
    try await fixture.waiting(1)
    try await handle.cancel(reason: "withdrawn", by: "anna", note: "by telephone")
    let cancelled = await waiting
    #expect(cancelled?.code == .planCancelled && cancelled?.status == .strategizeCancelled)
    let last = try fixture.plans.readBlocking { try $0.events(of: handle.id).last }
    #expect(last?.by == "anna" && last?.note == "by telephone")
    #expect(last?.detail == .reason("withdrawn"))
    try await handle.cancel(reason: "again")

    #expect(try purgeAll(fixture) == 1)
    #expect(await error(of: handle)?.code == .planPurged)
    // A handle that never saw the plan cannot know that it existed.
    let other = fixture.plans.handle(for: handle.id, of: release)
    #expect(await error(of: other)?.code == .planNotFound)
  }

  @Test(
    "says that the plan waits for an approval for longer than the limit, and goes on after it",
    arguments: TestStore.allCases)
  func approval(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let release = try Self.release(automation: .review)
    try await fixture.withWorker([release]) {
      let handle = try await fixture.plans.use(release, arguments: Release(version: "1"))
      _ = try await fixture.reached(handle.id) { $0.status == .executeComplete }
      fixture.time.advance(by: .seconds(60))
      #expect(
        await asyncErrorCode { try await handle.result(approvalLimit: .seconds(60)) }
          == "approvalOverdue")
      try await handle.advance(by: "anna", note: "late")
      #expect(try await handle.result(approvalLimit: .zero).archive == "1.zip")
    }
  }

  @Test("refuses a plan of another action, and a stored result of another form")
  func otherForms() async throws {
    let fixture = try LifecycleFixture()
    let release = try Self.release()
    let counting = try TypedAction("local/release", taking: Release.self, description: "x")
      .apply { _ in 1 }
    let other = try TypedAction("local/other", taking: NoValue.self, description: "x")
    try await fixture.withWorker([release, other]) {
      let stranger = try await fixture.plans.use(other)
      _ = try await stranger.result()
      let mistaken = await error(of: fixture.plans.handle(for: stranger.id, of: release))
      #expect(mistaken?.code == .noResult && mistaken?.reason == "it is a plan of local/other")
      let build = try await fixture.plans.use(release, arguments: Release(version: "1"))
      _ = try await build.result()
      let undecodable = await error(of: fixture.plans.handle(for: build.id, of: counting))
      #expect(undecodable?.code == .notDecodable && undecodable?.field == "result")
    }
  }
}
