import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("An operator")
struct OperatorTests {
  let house: House
  init() throws { house = try House() }

  private func failOnce(_ plan: Plan) throws -> Plan {
    let token = try house.claimOne(plan.id)
    let failure = try Failure(code: Key("bad"), message: "bad", isRetryable: true)
    return try house.plans.writeBlocking { try $0.fail(token, failure) }
  }

  @Test("makes a plan that waits out a delay ready now, with a record of it")
  func expedite() throws {
    let failed = try failOnce(try house.use())
    #expect(failed.progress.readyAt ?? house.time.now() > house.time.now())
    let ready = try house.plans.writeBlocking {
      try $0.expedite(failed.id, ifVersion: failed.version)
    }
    #expect(ready.progress.readyAt == house.time.now() && ready.version == failed.version + 1)
    #expect(ready.progress.attempt == failed.progress.attempt)
    // It is due already: nothing changes.
    #expect(try house.plans.writeBlocking { try $0.expedite(failed.id) } == ready)
    _ = try house.claimOne(failed.id)
    try house.checkHistory(failed.id)
    #expect(throws: PlanError.self) { try house.plans.writeBlocking { try $0.expedite(failed.id) } }
    #expect(throws: PlanError.versionConflict(failed.id, expected: 1, found: 5)) {
      try house.plans.writeBlocking { try $0.expedite(failed.id, ifVersion: 1) }
    }
  }

  @Test("takes a lease away before it expires, and the worker is fenced off")
  func evict() throws {
    let plan = try house.use(retry: try RetryPolicy(attempts: 2))
    let token = try house.claimOne(plan.id)
    let fenced = Guarded([LeaseToken]())
    let subscription = house.plans.engine.announcer.subscribe { told in
      fenced.withLock { $0 += told.fenced }
    }
    let evicted = try house.plans.writeBlocking { try $0.evict(plan.id, reason: "no progress") }
    withExtendedLifetime(subscription) {}
    #expect(evicted.status == .strategizeQueued && evicted.progress.attempt == 1)
    #expect(evicted.progress.failure?.code == .leaseEvicted)
    #expect(evicted.progress.failure?.message == "no progress")
    #expect(fenced.withLock { $0.map(\.plan) } == [plan.id])
    #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeQueued)) {
      try house.plans.writeBlocking { try $0.complete(token) }
    }
    _ = try house.claimOne(plan.id)
    let last = try house.plans.writeBlocking { try $0.evict(plan.id, reason: "again") }
    #expect(last.status == .strategizeErrored)
    try house.checkHistory(plan.id)
  }

  @Test("takes a constrained plan up again, with what it had reached")
  func retryConstrained() throws {
    let plan = try house.use(automation: .review)
    for _ in 0..<2 {
      let token = try house.claimOne(plan.id)
      try house.plans.writeBlocking { _ = try $0.complete(token, result: "r") }
    }
    try house.plans.writeBlocking { _ = try $0.advance(plan.id) }
    let token = try house.claimOne(plan.id)
    let half = try Checkpoint(step: Key("half"), data: 1)
    try house.plans.writeBlocking { work in
      _ = try work.checkpoint(token, half)
      _ = try work.constrain(token, reason: "disk is full")
    }
    let again = try house.plans.writeBlocking { try $0.retry(plan.id) }
    #expect(again.status == .applyQueued && again.progress.attempt == 0)
    #expect(again.progress.checkpoint == half && again.progress.result(of: .execute) == "r")
    try house.checkHistory(plan.id)
  }

  @Test("claims one plan by its id, whatever its actor, but not before its time")
  func claimOne() throws {
    let plan = try house.use()
    _ = try house.use()
    let owner = Owner("somebody at a terminal")
    let claimed = try house.plans.writeBlocking {
      try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60))
    }
    #expect(claimed.progress.lease?.owner == owner && claimed.progress.attempt == 1)
    #expect(
      throws: PlanError.transitionNotAllowed(
        plan.id, command: .claim, status: .strategizeProcessing)
    ) {
      try house.plans.writeBlocking { try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60)) }
    }
    let token = try #require(claimed.leaseToken)
    let failure = try Failure(code: Key("bad"), message: "bad", isRetryable: true)
    let failed = try house.plans.writeBlocking { try $0.fail(token, failure) }
    let readyAt = try #require(failed.progress.readyAt)
    #expect(throws: PlanError.notDue(plan.id, readyAt: readyAt)) {
      try house.plans.writeBlocking { try $0.claim(plan.id, owner: owner, leaseFor: .seconds(60)) }
    }
  }

  @Test("is told that a child without a slot can neither be claimed nor made ready")
  func childrenWithoutSlot() throws {
    let root = try house.use(automation: .auto)
    let strategy = try house.claimOne(root.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try house.claimOne(root.id)
    let second = try house.plans.writeBlocking { work in
      let spec = ChildSpec(action: ActionName("local/sample"))
      _ = try work.spawn(
        token, try Spawn([spec, spec], schedule: try ChildSchedule(mode: .sequential)))
      return try work.view.children(of: root.id)[1].id
    }
    #expect(throws: PlanError.awaitsSlot(second)) {
      try house.plans.writeBlocking { try $0.expedite(second) }
    }
    #expect(throws: PlanError.awaitsSlot(second)) {
      try house.plans.writeBlocking {
        try $0.claim(second, owner: "w", leaseFor: .seconds(9))
      }
    }
  }

  // Cancel all that have not ended instead of those behind it, and the first child is called off.
  @Test("takes only a later child of a sequence out, and those behind it")
  func cancelLaterChild() throws {
    let root = try house.use(automation: .auto)
    let strategy = try house.claimOne(root.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try house.claimOne(root.id)
    let children = try house.plans.writeBlocking { work in
      let spec = ChildSpec(action: ActionName("local/sample"))
      _ = try work.spawn(
        token,
        try Spawn(
          Array(repeating: spec, count: 4), schedule: try ChildSchedule(mode: .sequential)))
      return try work.view.children(of: root.id).map(\.id)
    }
    let first = try house.claimOne(children[0])
    try house.plans.writeBlocking { _ = try $0.cancel(children[2], reason: "not needed") }
    let states = try children.map { try house.plan($0).status.state }
    #expect(states == [.processing, .queued, .cancelled, .cancelled])
    try house.plans.writeBlocking { _ = try $0.complete(first) }
    try house.plans.writeBlocking { _ = try $0.cancel(children[0], reason: "enough") }
    #expect(try house.plan(root.id).status == .executeQueued)
  }
}
