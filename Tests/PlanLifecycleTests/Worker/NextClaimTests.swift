import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A worker that ends an attempt", .timeLimit(.minutes(30)))
struct NextClaimTests {
  let damaged: DamagedEngine
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    damaged = DamagedEngine(try LifecycleFixture.backend.open())
    engine = HookedEngine(damaged)
    fixture = try LifecycleFixture(engine: engine)
  }

  private func worker(
    concurrency: Int = 1, handler: @escaping PlanHandler = { _, _ in .complete("done") },
    report: @escaping @Sendable (WorkerReport) -> Void = { _ in }
  ) throws -> PlanWorker {
    PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: try WorkerOptions(concurrency: concurrency), report: report)
  }

  @Test("claims the next plan in the same unit of work, also the next phase of the same plan")
  func together() async throws {
    let commits = Locked([[CommitNotification.ChangedPlan]]())
    let subscription = engine.notifier.subscribe(needsChangedPlans: true) { notification in
      commits.withLock { $0.append(notification.changedPlans ?? []) }
    }
    func change(_ plan: Plan, _ status: PlanStatus) -> CommitNotification.ChangedPlan {
      CommitNotification.ChangedPlan(plan: plan.id, status: status)
    }
    let first = try fixture.use(automation: .auto)
    let other = try fixture.use("local/other")
    try await worker().run {
      _ = try await fixture.reached(first.id) { $0.isFinal }
      _ = try await fixture.reached(other.id) { $0.status == .strategizeComplete }
    }
    let changes = commits.withLock { $0 }
    for expected in [
      [change(first, .executeQueued), change(first, .executeProcessing)],
      [change(first, .applyQueued), change(first, .applyProcessing)],
      [change(first, .applyApplied), change(other, .strategizeProcessing)],
    ] {
      #expect(changes.contains(expected))
    }
    withExtendedLifetime(subscription) {}
  }

  @Test("commits the outcome alone when the claim fails", arguments: DamagedEngine.Damage.allCases)
  func failingClaim(_ damage: DamagedEngine.Damage) async throws {
    let plans = try (0..<3).map { _ in try fixture.use().id }
    let setAside = SeenPlans()
    let (started, goOn) = (Gate(), Gate())
    let worker = try worker { assignment, _ in
      if assignment.plan.id == plans[0] {
        started.open()
        await goOn.wait()
      }
      return .complete("done")
    } report: { report in
      if case .setAside(let id, _, _) = report { setAside.append(id) }
    }
    try await worker.run {
      // Damaged after the first claim, so that the claim with the first outcome finds it.
      await started.wait()
      damaged.damage(plans[1], damage)
      goOn.open()
      for good in [plans[0], plans[2]] {
        let done = try await fixture.reached(good) { $0.status == .strategizeComplete }
        #expect(done.progress.attempt == 1)
      }
      #expect(Set(setAside.ids) == [plans[1]])
      damaged.damage(plans[1], nil)
      #expect(try fixture.plan(plans[1]).status == .strategizeQueued)
      fixture.time.advance(by: .seconds(301))
      _ = try await fixture.reached(plans[1]) { $0.status == .strategizeComplete }
    }
  }

  @Test("commits the outcome when the store fails once, and loses no slot and no plan")
  func failingCommit() async throws {
    let engine = engine
    let plans = try (0..<6).map { _ in try fixture.use(automation: .auto).id }
    let failures = Locked(3)
    let worker = try worker { _, _ in
      if failures.withLock({ failures in
        failures -= 1
        return failures >= 0
      }) {
        engine.next(.beforeCommit) {
          throw StorageError(.full, operation: "writing", subject: "the store")
        }
      }
      return .complete("done")
    }
    try await worker.run {
      try await waitUntil("all plans to be done") {
        fixture.time.advance(by: .milliseconds(100))
        return try plans.allSatisfy { try fixture.plan($0).isFinal }
      }
    }
    for id in plans {
      try fixture.checkHistory(id)
      #expect(try fixture.plan(id).status == .applyApplied)
      let commands = try fixture.plans.readBlocking { try $0.events(of: id) }.map(\.command)
      #expect(!commands.contains(.reclaim) && !commands.contains(.fail))
    }
  }

  @Test("claims nothing more once it is stopped")
  func stopped() async throws {
    let plans = try (0..<2).map { _ in try fixture.use().id }
    let running = Locked<PlanWorker?>(nil)
    let worker = try worker { _, _ in
      running.withLock { $0 }?.stop()
      return .complete("done")
    }
    running.withLock { $0 = worker }
    try await worker.run()
    running.withLock { $0 = nil }
    #expect(try fixture.plan(plans[0]).status == .strategizeComplete)
    #expect(try fixture.plan(plans[1]).status == .strategizeQueued)
  }

  @Test("keeps the leases of claims of this kind, and uses all its slots")
  func slots() async throws {
    let plans = try (0..<60).map { _ in try fixture.use(automation: .auto).id }
    let running = Locked((now: 0, most: 0))
    let worker = try worker(concurrency: 4) { _, _ in
      running.withLock { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      defer { running.withLock { $0.now -= 1 } }
      for _ in 0..<20 { await Task.yield() }
      return .complete("done")
    }
    try await worker.run {
      for id in plans { _ = try await fixture.reached(id) { $0.isFinal } }
    }
    #expect((2...4).contains(running.withLock { $0.most }))
  }
}
