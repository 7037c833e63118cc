import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("An operator")
struct OperatorTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func failOnce(_ plan: Plan) throws -> Plan {
    let token = try fixture.claimOne(plan.id)
    let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: true)
    return try fixture.plans.writeBlocking { try $0.fail(token, failure) }
  }

  @Test("makes a plan that waits out a delay ready now, with a record of it")
  func expedite() throws {
    let failed = try failOnce(try fixture.use())
    #expect(failed.progress.readyAt ?? fixture.time.now() > fixture.time.now())
    let ready = try fixture.plans.writeBlocking {
      try $0.expedite(failed.id, ifVersion: failed.version)
    }
    #expect(ready.progress.readyAt == fixture.time.now() && ready.version == failed.version + 1)
    #expect(ready.progress.attempt == failed.progress.attempt)
    // It is due already: nothing changes.
    #expect(try fixture.plans.writeBlocking { try $0.expedite(failed.id) } == ready)
    _ = try fixture.claimOne(failed.id)
    try fixture.checkHistory(failed.id)
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { try $0.expedite(failed.id) }
      } == "transitionNotAllowed")
    #expect(throws: PlanError.versionConflict(failed.id, expected: 1, found: 5)) {
      try fixture.plans.writeBlocking { try $0.expedite(failed.id, ifVersion: 1) }
    }
  }

  @Test("takes a lease away before it expires, and the worker is fenced off")
  func evict() throws {
    let plan = try fixture.use(retry: try RetryPolicy(attempts: 2))
    let token = try fixture.claimOne(plan.id)
    let endedLeases = Locked([LeaseToken]())
    let subscription = fixture.plans.engine.notifier.subscribe { told in
      endedLeases.withLock { $0 += told.endedLeases }
    }
    let evicted = try fixture.plans.writeBlocking { try $0.evict(plan.id, reason: "no progress") }
    withExtendedLifetime(subscription) {}
    #expect(evicted.status == .strategizeQueued && evicted.progress.attempt == 1)
    #expect(evicted.progress.failure?.code == .leaseEvicted)
    #expect(evicted.progress.failure?.message == "no progress")
    #expect(endedLeases.withLock { $0.map(\.plan) } == [plan.id])
    #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeQueued)) {
      try fixture.plans.writeBlocking { try $0.complete(token) }
    }
    _ = try fixture.claimOne(plan.id)
    let last = try fixture.plans.writeBlocking { try $0.evict(plan.id, reason: "again") }
    #expect(last.status == .strategizeErrored)
    try fixture.checkHistory(plan.id)
  }

  @Test("takes a constrained plan up again, with what it had reached")
  func retryConstrained() throws {
    let plan = try fixture.use(automation: .review)
    for _ in 0..<2 {
      let token = try fixture.claimOne(plan.id)
      try fixture.plans.writeBlocking { _ = try $0.complete(token, result: "r") }
    }
    try fixture.plans.writeBlocking { _ = try $0.advance(plan.id) }
    let token = try fixture.claimOne(plan.id)
    let half = try Plan.Checkpoint(step: Key("half"), data: 1)
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.checkpoint(token, half)
      _ = try transaction.constrain(token, reason: "disk is full")
    }
    let again = try fixture.plans.writeBlocking { try $0.retry(plan.id) }
    #expect(again.status == .applyQueued && again.progress.attempt == 0)
    #expect(again.progress.checkpoint == half && again.progress.result(of: .execute) == "r")
    try fixture.checkHistory(plan.id)
  }

  @Test("claims one plan by its id, whatever its actor, but not before its time")
  func claimOne() throws {
    let plan = try fixture.use()
    _ = try fixture.use()
    let owner = LeaseOwner("somebody at a terminal")
    let claimed = try fixture.plans.writeBlocking {
      try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60))
    }
    #expect(claimed.progress.lease?.owner == owner && claimed.progress.attempt == 1)
    #expect(
      throws: PlanError.transitionNotAllowed(
        plan.id, command: .claim, status: .strategizeProcessing)
    ) {
      try fixture.plans.writeBlocking {
        try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60))
      }
    }
    let token = try #require(claimed.leaseToken)
    let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: true)
    let failed = try fixture.plans.writeBlocking { try $0.fail(token, failure) }
    let readyAt = try #require(failed.progress.readyAt)
    #expect(throws: PlanError.notDue(plan.id, readyAt: readyAt)) {
      try fixture.plans.writeBlocking {
        try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60))
      }
    }
  }

  @Test("gets an error when a child without a slot is claimed or made ready")
  func childrenWithoutSlot() throws {
    let root = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(root.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(root.id)
    let second = try fixture.plans.writeBlocking { transaction in
      let spec = ChildSpec(action: ActionName("local/sample"))
      _ = try transaction.spawn(
        token, try Spawn([spec, spec], schedule: try ChildSchedule(mode: .sequential)))
      return try transaction.snapshot.children(of: root.id)[1].id
    }
    #expect(throws: PlanError.awaitsSlot(second)) {
      try fixture.plans.writeBlocking { try $0.expedite(second) }
    }
    #expect(throws: PlanError.awaitsSlot(second)) {
      try fixture.plans.writeBlocking {
        try $0.claim(second, owner: "w", leaseFor: .seconds(9))
      }
    }
  }

  // Cancel all that have not ended instead of those behind it, and the first child is called off.
  @Test("takes only a later child of a sequence out, and those behind it")
  func cancelLaterChild() throws {
    let root = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(root.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(root.id)
    let children = try fixture.plans.writeBlocking { transaction in
      let spec = ChildSpec(action: ActionName("local/sample"))
      _ = try transaction.spawn(
        token,
        try Spawn(
          Array(repeating: spec, count: 4), schedule: try ChildSchedule(mode: .sequential)))
      return try transaction.snapshot.children(of: root.id).map(\.id)
    }
    let first = try fixture.claimOne(children[0])
    try fixture.plans.writeBlocking { _ = try $0.cancel(children[2], reason: "not needed") }
    let states = try children.map { try fixture.plan($0).status.state }
    #expect(states == [.processing, .queued, .cancelled, .cancelled])
    try fixture.plans.writeBlocking { _ = try $0.complete(first) }
    try fixture.plans.writeBlocking { _ = try $0.cancel(children[0], reason: "enough") }
    #expect(try fixture.plan(root.id).status == .executeQueued)
  }
}
