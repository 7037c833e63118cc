import InMemoryStorage
import PlanDomain
@testable import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

/// The plans that a worker has told of, in the order in which it did.
final class SeenPlans: Sendable {
  private let seen = Locked([Plan.ID]())

  var ids: [Plan.ID] { seen.withLock { $0 } }

  func append(_ id: Plan.ID) { seen.withLock { $0.append(id) } }
}

// Protection 20: let a unit of work of several plans throw the first error instead of setting the
// plan aside (`WorkerRun.unitOfWork`, `PlanTransaction.each`), and these wait until their time limit.
@Suite("No plan keeps a worker from the others", .timeLimit(.minutes(30)))
struct SetAsideTests {
  let engine: DamagedEngine
  let fixture: LifecycleFixture
  let setAside = SeenPlans()

  init() throws {
    engine = DamagedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
  }

  private func worker(
    _ options: WorkerOptions, handler: @escaping PlanHandler = { _, _ in .complete("done") }
  ) throws -> PlanWorker {
    PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: options
    ) { [setAside] report in
      if case .setAside(let id, _, _) = report { setAside.append(id) }
    }
  }

  @Test(
    "when it cannot be claimed, and is done once it is mended",
    arguments: DamagedEngine.Damage.allCases)
  func claim(_ damage: DamagedEngine.Damage) async throws {
    let plans = try (0..<4).map { _ in try fixture.use().id }
    for bad in plans.prefix(2) { engine.damage(bad, damage) }
    // One slot: what fails must not take it up.
    try await worker(try WorkerOptions(concurrency: 1)).run {
      for good in plans.suffix(2) {
        _ = try await fixture.reached(good) { $0.status == .strategizeComplete }
      }
      #expect(Set(setAside.ids) == Set(plans.prefix(2)))
      for bad in plans.prefix(2) {
        #expect(try fixture.plan(bad).status == .strategizeQueued)
        engine.damage(bad, nil)
      }
      fixture.time.advance(by: .seconds(301))
      for bad in plans.prefix(2) {
        _ = try await fixture.reached(bad) { $0.status == .strategizeComplete }
      }
    }
  }

  // Ask after a claim, and not before it, when a plan is tried again, and this waits until its time
  // limit: the end of the pause has passed, and nothing else wakes the worker.
  @Test("and a plan whose pause ends while the worker looks for work is tried again")
  func pauseEndsDuringClaim() async throws {
    let hooked = HookedEngine(engine)
    let fixture = try LifecycleFixture(engine: hooked)
    let bad = try fixture.use().id
    engine.damage(bad, .refusesChanges)
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete("done") }]
    ) { [setAside] report in
      if case .setAside(let id, _, _) = report { setAside.append(id) }
    }
    try await worker.run {
      try await waitUntil("the plan to be set aside") { setAside.ids == [bad] }
      engine.damage(bad, nil)
      let end = fixture.time.now().adding(WorkerOptions.standard.pollInterval)
      try await waitUntil("the worker to wait for the end") { fixture.time.isAwaited(end) }
      // In the next claim, which leaves the plan out and finds no other one.
      hooked.next(.afterWrite) {
        hooked.next(.beforeCommit) { fixture.time.advance(to: end) }
      }
      try fixture.plans.writeBlocking { transaction in
        try transaction.createAction(try Fixture.action("local/other", actor: "nobody"))
        try transaction.use("local/other")
      }
      _ = try await fixture.reached(bad) { $0.status == .strategizeComplete }
      #expect(setAside.ids == [bad])
    }
  }

  @Test("when its lease cannot be taken away", arguments: DamagedEngine.Damage.allCases)
  func reclaim(_ damage: DamagedEngine.Damage) async throws {
    let plans = try (0..<3).map { _ in try fixture.use().id }
    for plan in plans { _ = try fixture.claimOne(plan) }
    engine.damage(plans[0], damage)
    fixture.time.advance(by: .seconds(61))
    let late = try fixture.use().id
    try await worker(.standard).run {
      for good in [plans[1], plans[2], late] {
        _ = try await fixture.reached(good) { $0.status == .strategizeComplete }
      }
      #expect(setAside.ids.first == plans[0])
      #expect(try fixture.plan(plans[0]).status == .strategizeProcessing)
    }
  }

  @Test("when its lease cannot be renewed", arguments: DamagedEngine.Damage.allCases)
  func renew(_ damage: DamagedEngine.Damage) async throws {
    let plans = try (0..<3).map { _ in try fixture.use().id }
    let gate = Gate()
    let options = try WorkerOptions(leaseFor: .seconds(30))
    let worker = try worker(options) { _, _ in
      await gate.wait()
      return .complete("done")
    }
    try await worker.run {
      for plan in plans {
        _ = try await fixture.reached(plan) { $0.status == .strategizeProcessing }
      }
      engine.damage(plans[1], damage)
      let expiry = try fixture.plan(plans[0]).progress.lease?.expiresAt
      fixture.time.advance(by: .seconds(10))
      for good in [plans[0], plans[2]] {
        try await waitUntil("the lease of \(good) to be renewed") {
          try fixture.plan(good).progress.lease?.expiresAt != expiry
        }
      }
      if damage != .refusesEvents {
        #expect(try fixture.plan(plans[1]).progress.lease?.expiresAt == expiry)
      }
      engine.damage(plans[1], nil)
      gate.open()
    }
  }

  // Reclaim all from one reading of the list, and the second child is a stale write for ever.
  @Test("when two children on their last attempt expire at once, and one ends the other")
  func failFastReclaim() async throws {
    let once = try RetryPolicy(attempts: 1, base: .zero, cap: .zero)
    try fixture.plans.writeBlocking {
      try $0.createAction(try Fixture.action("local/child", readOnly: true, retry: once))
    }
    let parent = try fixture.use(automation: .auto, retry: once)
    let strategy = try fixture.claimOne(parent.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(parent.id)
    let children = try fixture.plans.writeBlocking { transaction in
      let spec = ChildSpec(action: ActionName("local/child"))
      let schedule = try ChildSchedule(mode: .parallel, failFast: true)
      _ = try transaction.spawn(token, try Spawn([spec, spec], schedule: schedule))
      return try transaction.snapshot.children(of: parent.id).map(\.id)
    }
    for child in children { _ = try fixture.claimOne(child) }
    fixture.time.advance(by: .seconds(61))
    let other = try fixture.use("local/other")
    try await worker(.standard).run {
      _ = try await fixture.reached(other.id) { $0.status == .strategizeComplete }
      _ = try await fixture.reached(parent.id) { $0.status == .executeComplete || $0.isFinal }
    }
    #expect(setAside.ids.isEmpty)
    #expect(try fixture.plan(children[0]).status == .strategizeErrored)
    #expect(try fixture.plan(children[1]).status == .strategizeCancelled)
  }

  @Test("and a plan that goes on failing is looked at less and less often")
  func pauses() throws {
    let plans = SetAsidePlans()
    let id = Plan.ID(ULID(high: 1, low: 1))
    var now = Timestamp(microseconds: 0)
    var pauses: [Duration] = []
    for _ in 0..<11 {
      let until = plans.add(id, at: now, pause: .seconds(1))
      #expect(plans.current(at: now).ids == [id] && plans.current(at: now).next == until)
      pauses.append(until.since(now))
      now = until
      #expect(plans.current(at: now).ids.isEmpty && plans.current(at: now).next == nil)
    }
    #expect(pauses.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
    #expect(pauses.last == SetAsidePlans.longestPause)
    plans.remove(id)
    #expect(plans.add(id, at: now, pause: .seconds(1)) == now.adding(.seconds(1)))
  }
}
