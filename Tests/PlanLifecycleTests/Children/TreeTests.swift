import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("Trees of plans")
struct TreeTests {
  @Test("have rounds of children, one after the other, with the same keys")
  func rounds() throws {
    let fixture = try LifecycleFixture()
    try fixture.plans.writeBlocking {
      try $0.createAction(try Fixture.action("local/child", readOnly: true))
    }
    let parent = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(parent.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let spec = ChildSpec(key: Key("same"), action: ActionName("local/child"))
    for round in 1...3 {
      let token = try fixture.claimOne(parent.id)
      try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
      let child = try #require(
        try fixture.plans.readBlocking { try $0.children(of: parent.id) }.last)
      #expect(child.definition.position?.round == round && child.definition.depth == 1)
      for _ in 0..<2 {
        let token = try fixture.claimOne(child.id)
        try fixture.plans.writeBlocking { _ = try $0.complete(token) }
      }
    }
    #expect(try fixture.plan(parent.id).progress.attempt == 0)
    #expect(try fixture.plans.readBlocking { try $0.tree(parent.id) }.count == 4)
  }

  // Protection 9: write before all children are checked, and this finds what was left.
  @Test("grow by children that are all checked before any is written")
  func validation() throws {
    let fixture = try LifecycleFixture()
    try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(
        try Fixture.action(
          "local/child", arguments: [try ArgumentDefinition(name: "n", type: .integer)]))
      try transaction.createAction(try Fixture.action("local/once", reusable: false))
    }
    let parent = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(parent.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(parent.id)
    let child = ActionName("local/child")
    let good = ChildSpec(key: Key("good"), action: child, arguments: ["n": 1])
    let bad: [(ChildSpec, PlanError)] = [
      (ChildSpec(key: Key("x"), action: child), .missingArgument(name: "n")),
      (
        ChildSpec(key: Key("x"), action: ActionName("local/none")),
        .actionNotFound(ActionName("local/none"))
      ),
    ]
    let before = try fixture.plans.readBlocking { try $0.counts(in: .all) }
    for (spec, reason) in bad {
      #expect(throws: PlanError.invalidChild(key: Key("x"), reason: reason)) {
        try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([good, spec])) }
      }
    }
    let once = ChildSpec(action: ActionName("local/once"))
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([once, once])) }
      } == "invalidChild")
    #expect(try fixture.plans.readBlocking { try $0.counts(in: .all) } == before)
    #expect(try fixture.plan(parent.id).status == .executeProcessing)
    // Caught inside a unit of work that goes on, a refused spawn has left nothing either.
    try fixture.plans.writeBlocking { transaction in
      _ = try? transaction.spawn(token, try Spawn([good, bad[0].0]))
      _ = try transaction.spawn(token, try Spawn([good, once]))
    }
    #expect(
      try fixture.plans.readBlocking { try $0.action(ActionName("local/once")).state }
        == .archived)
  }

  @Test("have at most sixteen levels")
  func depth() throws {
    let fixture = try LifecycleFixture()
    let spec = ChildSpec(action: ActionName("local/sample"))
    var plan = try fixture.use(automation: .auto)
    for depth in 0...16 {
      #expect(plan.definition.depth == depth)
      let strategy = try fixture.claimOne(plan.id)
      try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
      let token = try fixture.claimOne(plan.id)
      guard depth < 16 else {
        #expect(throws: PlanError.tooDeep(limit: 16)) {
          try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
        }
        return
      }
      try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
      let parent = plan.id
      plan = try #require(try fixture.plans.readBlocking { try $0.children(of: parent) }.first)
    }
  }

  // Protection 4, for a whole tree.
  @Test("are cancelled with their parent, and every busy worker is fenced off")
  func cancelTree() throws {
    let fixture = try LifecycleFixture()
    let root = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(root.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(root.id)
    let spec = ChildSpec(action: ActionName("local/sample"))
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.spawn(
        token,
        try Spawn(
          Array(repeating: spec, count: 6),
          schedule: try ChildSchedule(mode: .parallel, maxParallel: 3)))
    }
    let busy = try fixture.plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("w"), actors: [try Fixture.actor()], limit: 9, leaseFor: .seconds(9))
    }
    #expect(busy.count == 3)
    let endedLeases = Locked([LeaseToken]())
    let subscription = fixture.plans.engine.notifier.subscribe { told in
      endedLeases.withLock { $0 += told.endedLeases }
    }
    let cancelled = try fixture.plans.writeBlocking { try $0.cancel(root.id, reason: "enough") }
    withExtendedLifetime(subscription) {}
    #expect(cancelled.status == .executeCancelled)
    #expect(cancelled.progress.round?.ended == 6 && cancelled.progress.round?.holding == 0)
    #expect(Set(endedLeases.withLock { $0.map(\.plan) }) == Set(busy.map(\.id)))
    for plan in try fixture.plans.readBlocking({ try $0.tree(root.id) }) {
      #expect(plan.status.state == .cancelled)
      try fixture.checkHistory(plan.id)
    }
    for plan in busy {
      let token = try #require(plan.leaseToken)
      #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeCancelled)) {
        try fixture.plans.writeBlocking { _ = try $0.complete(token) }
      }
    }
    // Once more changes nothing and is no error.
    #expect(
      try fixture.plans.writeBlocking { try $0.cancel(root.id, reason: "again") } == cancelled)
  }

  @Test(
    "keep their slot when automation reverts them, and queue for one when an operator does")
  func slotsAndReverts() throws {
    let fixture = try LifecycleFixture()
    let root = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(root.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try fixture.claimOne(root.id)
    let action = ActionName("local/sample")
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.spawn(
        token,
        try Spawn(
          [ChildSpec(action: action), ChildSpec(action: action, automation: .review)],
          schedule: try ChildSchedule(mode: .parallel, maxParallel: 1)))
    }
    let children = try fixture.plans.readBlocking { try $0.children(of: root.id).map(\.id) }
    for _ in 0..<2 {
      let token = try fixture.claimOne(children[0])
      try fixture.plans.writeBlocking { _ = try $0.complete(token) }
    }
    let apply = try fixture.claimOne(children[0])
    let reverted = try fixture.plans.writeBlocking { try $0.constrain(apply, reason: "no room") }
    #expect(reverted.status == .strategizeQueued && reverted.holdsSlot)
    #expect(try fixture.plan(children[1]).awaitsSlot)
    // It goes on and fails for good: now the other one has the slot, and it must queue.
    let again = try fixture.claimOne(children[0])
    let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: false)
    try fixture.plans.writeBlocking { _ = try $0.fail(again, failure) }
    #expect(try fixture.plan(children[1]).holdsSlot)
    let retried = try fixture.plans.writeBlocking {
      try $0.revert(children[0], reason: "think again")
    }
    #expect(retried.awaitsSlot && !retried.holdsSlot)
    #expect(try fixture.plan(root.id).progress.round?.ended == 0)
    // One that needs approval keeps its slot and its parent waiting.
    for _ in 0..<2 {
      let token = try fixture.claimOne(children[1])
      try fixture.plans.writeBlocking { _ = try $0.complete(token) }
    }
    #expect(try fixture.plan(children[1]).status == .executeComplete)
    #expect(try fixture.plan(children[0]).awaitsSlot)
    try fixture.plans.writeBlocking { _ = try $0.cancel(children[1], reason: "not approved") }
    #expect(try fixture.plan(children[0]).holdsSlot)
    #expect(try fixture.plan(root.id).status == .executeWaiting)
  }
}
