import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A plan whose action has an attempt time-out")
struct TimeoutTests {
  private func reclaim(_ fixture: LifecycleFixture) throws -> Plan? {
    try fixture.plans.writeBlocking { try $0.reclaim(limit: 9) }.first
  }

  @Test(
    "keeps the end of its attempt in its lease, beyond which no renewal goes",
    arguments: TestStore.allCases)
  func renew(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use(attemptTimeout: .seconds(90))
    #expect(plan.definition.action.attemptTimeout == .seconds(90))
    let end = fixture.time.now().adding(.seconds(90))
    let token = try fixture.claimOne(plan.id)
    #expect(try fixture.plan(plan.id).progress.lease?.end == end)
    fixture.time.advance(by: .seconds(40))
    try fixture.plans.writeBlocking { _ = try $0.renew(token, leaseFor: .seconds(60)) }
    #expect(try fixture.plan(plan.id).progress.lease?.expiresAt == end)
    #expect(try fixture.plan(plan.id).progress.lease?.end == end)
    fixture.time.advance(by: .seconds(50))
    #expect(throws: PlanError.attemptTimedOut(plan.id, end: end)) {
      try fixture.plans.writeBlocking { try $0.renew(token, leaseFor: .seconds(60)) }
    }
    // The epoch decides: nobody has reclaimed the plan yet.
    let done = try fixture.plans.writeBlocking { try $0.complete(token) }
    #expect(done.status == .strategizeComplete)
  }

  @Test(
    "is reclaimed with attemptTimedOut at its end, and errors after the last attempt",
    arguments: TestStore.allCases)
  func reclaimed(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use(retry: RetryPolicy(attempts: 2), attemptTimeout: .seconds(30))
    let token = try fixture.claimOne(plan.id)
    fixture.time.advance(by: .seconds(30))
    let queued = try #require(try reclaim(fixture))
    #expect(queued.status == .strategizeQueued && queued.progress.failure?.code == .attemptTimedOut)
    #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeQueued)) {
      try fixture.plans.writeBlocking { try $0.renew(token, leaseFor: .seconds(60)) }
    }
    let second = fixture.time.now().adding(.seconds(30))
    _ = try fixture.claimOne(plan.id)
    #expect(try fixture.plan(plan.id).progress.lease?.end == second)
    fixture.time.advance(by: .seconds(30))
    #expect(try reclaim(fixture)?.status == .strategizeErrored)
    let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
    let codes = events.compactMap { event -> Key? in
      if case .failure(let failure)? = event.detail { failure.code } else { nil }
    }
    #expect(codes == [.attemptTimedOut, .attemptTimedOut])
    try fixture.checkHistory(plan.id)
  }

  @Test(
    "is reclaimed with leaseExpired when its lease expires before its end",
    arguments: TestStore.allCases)
  func leaseExpired(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use(attemptTimeout: .seconds(61))
    _ = try fixture.claimOne(plan.id)
    fixture.time.advance(by: .seconds(60))
    #expect(try reclaim(fixture)?.progress.failure?.code == .leaseExpired)
  }

  @Test("gets a new end when it goes on after its children", arguments: TestStore.allCases)
  func afterWaiting(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let root = try fixture.use(automation: .auto, attemptTimeout: .seconds(30))
    try fixture.complete(root.id)
    let token = try fixture.claimOne(root.id)
    let child = try fixture.spawn(token, [ChildSpec(action: "local/sample")])[0]
    fixture.time.advance(by: .seconds(500))
    #expect(try fixture.plan(root.id).progress.lease == nil)
    for _ in 0..<3 { try fixture.complete(child) }
    let end = fixture.time.now().adding(.seconds(30))
    _ = try fixture.claimOne(root.id)
    #expect(try fixture.plan(root.id).progress.lease?.end == end)
    #expect(try fixture.plan(root.id).progress.attempt == 1)
  }

  @Test("keeps its time-out when the action gets another one", arguments: TestStore.allCases)
  func fixed(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use(attemptTimeout: .seconds(30))
    let next = try fixture.plans.writeBlocking { transaction in
      try transaction.updateAction(
        try Fixture.action(attemptTimeout: .seconds(40)), ifVersion: 1)
      return try transaction.use("sample")
    }
    #expect(try fixture.plan(plan.id).definition.action.attemptTimeout == .seconds(30))
    #expect(try fixture.plan(next.id).definition.action.attemptTimeout == .seconds(40))
  }
}
