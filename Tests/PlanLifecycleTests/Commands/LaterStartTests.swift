import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A plan that starts later")
struct LaterStartTests {
  private func claim(_ fixture: LifecycleFixture) throws -> [Plan.ID] {
    try fixture.plans.writeBlocking { transaction in
      try transaction.claim(
        owner: "test/1", actors: [try Fixture.actor()], limit: 9, leaseFor: .seconds(60))
    }.map(\.id)
  }

  @Test(
    "A failure says when the next attempt is due, and the store keeps it",
    arguments: TestStore.allCases)
  func retryAfter(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use()
    let token = try fixture.claimOne(plan.id)
    let failure = try Plan.Failure(
      code: "busy", message: "come back tomorrow", detail: [1], isRetryable: true,
      retryAfter: .seconds(86_400))
    try fixture.plans.writeBlocking { _ = try $0.fail(token, failure) }
    let (failed, events) = try fixture.plans.readBlocking {
      (try $0.plan(plan.id), try $0.events(of: plan.id))
    }
    #expect(failed.progress.readyAt == fixture.time.now().adding(.seconds(86_400)))
    #expect(failed.progress.failure == failure && events.last?.detail == .failure(failure))
    fixture.time.advance(by: .seconds(86_399))
    #expect(try claim(fixture).isEmpty)
    fixture.time.advance(by: .seconds(1))
    #expect(try claim(fixture) == [plan.id])
  }

  @Test(
    "A release postpones a plan for up to a year without using up attempts",
    arguments: TestStore.allCases)
  func postpone(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use(retry: .never)
    for round in 1...3 {
      let token = try fixture.claimOne(plan.id)
      let later = fixture.time.now().adding(.seconds(3_600))
      let released = try fixture.plans.writeBlocking { try $0.release(token, readyAt: later) }
      #expect(released.progress.attempt == 0 && released.progress.readyAt == later)
      let last = try fixture.plans.readBlocking { try $0.events(of: plan.id) }.last
      #expect(last?.command == .release && last?.detail == .postponed(until: later), "\(round)")
      #expect(try claim(fixture).isEmpty)
      fixture.time.advance(by: .seconds(3_600))
    }
    let token = try fixture.claimOne(plan.id)
    let year = fixture.time.now().adding(.seconds(366 * 86_400))
    #expect(
      errorCode {
        try fixture.plans.writeBlocking {
          try $0.release(token, readyAt: year.adding(.microseconds(1)))
        }
      } == "outOfRange")
    for earlier in [fixture.time.now(), fixture.time.now().adding(.seconds(-60))] {
      #expect(
        errorCode {
          try fixture.plans.writeBlocking { try $0.release(token, readyAt: earlier) }
        } == "outOfRange")
    }
    #expect(try fixture.plan(plan.id).status == .strategizeProcessing)
    try fixture.plans.writeBlocking { _ = try $0.release(token, readyAt: year) }
    #expect(try fixture.plan(plan.id).progress.readyAt == year)
    try fixture.checkHistory(plan.id)
  }

  @Test("A use says before which time its plan does not start", arguments: TestStore.allCases)
  func notBefore(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let later = fixture.time.now().adding(.seconds(60))
    let plans = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action())
      return try [later, fixture.time.now().adding(.seconds(-60)), nil].map { time in
        try transaction.use(PlanUse(action: "sample", notBefore: time))
      }
    }
    #expect(plans.map(\.progress.readyAt) == [later, fixture.time.now(), fixture.time.now()])
    #expect(try fixture.plan(plans[0].id).definition.notBefore == later)
    #expect(try claim(fixture) == [plans[1].id, plans[2].id])
    fixture.time.advance(by: .seconds(60))
    #expect(try claim(fixture) == [plans[0].id])
  }

  @Test(
    "A child takes its slot, and waits for its time while it holds it",
    arguments: TestStore.allCases)
  func childWaitsInSlot(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let root = try fixture.use(automation: .auto)
    try fixture.complete(root.id)
    let token = try fixture.claimOne(root.id)
    let later = fixture.time.now().adding(.seconds(60))
    let children = try fixture.spawn(
      token,
      [
        ChildSpec(action: "local/sample", notBefore: later), ChildSpec(action: "local/sample"),
        ChildSpec(action: "local/sample", notBefore: later.adding(.seconds(60))),
      ], schedule: ChildSchedule(mode: .sequential))
    #expect(try fixture.plan(children[0]).progress.readyAt == later)
    #expect(try claim(fixture).isEmpty)
    #expect(try fixture.plan(children[1]).awaitsSlot)
    fixture.time.advance(by: .seconds(60))
    for child in children.prefix(2) { for _ in 0..<3 { try fixture.complete(child) } }
    // Its siblings have ended: it has the slot, and its time has not come.
    let last = try fixture.plan(children[2])
    #expect(last.progress.readyAt == later.adding(.seconds(60)) && !last.awaitsSlot)
    #expect(try claim(fixture).isEmpty)
    fixture.time.advance(by: .seconds(60))
    for _ in 0..<3 { try fixture.complete(children[2]) }
    #expect(try fixture.plan(root.id).status == .executeQueued)
  }

  @Test(
    "A child waits for its time after its dependencies, and not again when it is retried",
    arguments: TestStore.allCases)
  func dependentChild(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let root = try fixture.use(automation: .auto, retry: .never)
    try fixture.complete(root.id)
    let token = try fixture.claimOne(root.id)
    let later = fixture.time.now().adding(.seconds(600))
    let children = try fixture.spawn(
      token,
      [
        ChildSpec(key: "a", action: "local/sample"),
        ChildSpec(key: "b", action: "local/sample", dependsOn: ["a"], notBefore: later),
        ChildSpec(key: "c", action: "local/sample", notBefore: later),
      ], schedule: ChildSchedule(mode: .dependencyOrdered))
    for _ in 0..<3 { try fixture.complete(children[0]) }
    #expect(try fixture.plan(children[1]).progress.readyAt == later)
    try fixture.plans.writeBlocking { _ = try $0.expedite(children[1]) }
    let failing = try fixture.claimOne(children[1])
    let failure = try Plan.Failure(code: "bad", message: "bad", isRetryable: false)
    try fixture.plans.writeBlocking { _ = try $0.fail(failing, failure) }
    let retried = try fixture.plans.writeBlocking { try $0.retry(children[1]) }
    #expect(retried.progress.readyAt == fixture.time.now())
  }

  @Test(
    "A postponed child keeps its slot, and a sequence waits with it", arguments: TestStore.allCases)
  func postponedChild(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let root = try fixture.use(automation: .auto)
    try fixture.complete(root.id)
    let token = try fixture.claimOne(root.id)
    let spec = ChildSpec(action: "local/sample")
    let children = try fixture.spawn(
      token, [spec, spec], schedule: ChildSchedule(mode: .sequential))
    let first = try fixture.claimOne(children[0])
    let later = fixture.time.now().adding(.seconds(60))
    try fixture.plans.writeBlocking { _ = try $0.release(first, readyAt: later) }
    #expect(try fixture.plan(children[0]).progress.readyAt == later)
    #expect(try claim(fixture).isEmpty && fixture.plan(children[1]).awaitsSlot)
    fixture.time.advance(by: .seconds(60))
    #expect(try claim(fixture) == [children[0]])
  }
}
