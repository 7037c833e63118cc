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
    let house = try House()
    try house.plans.writeBlocking {
      try $0.createAction(try Fixture.action("local/child", readOnly: true))
    }
    let parent = try house.use(automation: .auto)
    let strategy = try house.claimOne(parent.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let spec = ChildSpec(key: Key("same"), action: ActionName("local/child"))
    for round in 1...3 {
      let token = try house.claimOne(parent.id)
      try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
      let child = try #require(try house.plans.readBlocking { try $0.children(of: parent.id) }.last)
      #expect(child.definition.place?.round == round && child.definition.depth == 1)
      for _ in 0..<2 {
        let token = try house.claimOne(child.id)
        try house.plans.writeBlocking { _ = try $0.complete(token) }
      }
    }
    #expect(try house.plan(parent.id).progress.attempt == 0)
    #expect(try house.plans.readBlocking { try $0.tree(parent.id) }.count == 4)
  }

  // Protection 9: write before all children are checked, and this finds what was left.
  @Test("grow by children that are all checked before any is written")
  func validation() throws {
    let house = try House()
    try house.plans.writeBlocking { work in
      try work.createAction(
        try Fixture.action(
          "local/child", arguments: [try ArgumentDefinition(name: "n", type: .integer)]))
      try work.createAction(try Fixture.action("local/once", reusable: false))
    }
    let parent = try house.use(automation: .auto)
    let strategy = try house.claimOne(parent.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try house.claimOne(parent.id)
    let child = ActionName("local/child")
    let good = ChildSpec(key: Key("good"), action: child, arguments: ["n": 1])
    let bad: [(ChildSpec, PlanError)] = [
      (ChildSpec(key: Key("x"), action: child), .missingArgument(name: "n")),
      (
        ChildSpec(key: Key("x"), action: ActionName("local/none")),
        .actionNotFound(ActionName("local/none"))
      ),
    ]
    let before = try house.plans.readBlocking { try $0.counts(in: .all) }
    for (spec, reason) in bad {
      #expect(throws: PlanError.invalidChild(key: Key("x"), reason: reason)) {
        try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([good, spec])) }
      }
    }
    let once = ChildSpec(action: ActionName("local/once"))
    #expect(throws: PlanError.self) {
      try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([once, once])) }
    }
    #expect(try house.plans.readBlocking { try $0.counts(in: .all) } == before)
    #expect(try house.plan(parent.id).status == .executeProcessing)
    // Caught inside a unit of work that goes on, a refused spawn has left nothing either.
    try house.plans.writeBlocking { work in
      _ = try? work.spawn(token, try Spawn([good, bad[0].0]))
      _ = try work.spawn(token, try Spawn([good, once]))
    }
    #expect(
      try house.plans.readBlocking { try $0.action(ActionName("local/once")).state }
        == .archived)
  }

  @Test("stand at most sixteen deep")
  func depth() throws {
    let house = try House()
    let spec = ChildSpec(action: ActionName("local/sample"))
    var plan = try house.use(automation: .auto)
    for depth in 0...16 {
      #expect(plan.definition.depth == depth)
      let strategy = try house.claimOne(plan.id)
      try house.plans.writeBlocking { _ = try $0.complete(strategy) }
      let token = try house.claimOne(plan.id)
      guard depth < 16 else {
        #expect(throws: PlanError.tooDeep(limit: 16)) {
          try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
        }
        return
      }
      try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn([spec])) }
      let parent = plan.id
      plan = try #require(try house.plans.readBlocking { try $0.children(of: parent) }.first)
    }
  }

  // Protection 4, for a whole tree.
  @Test("are cancelled with their parent, and every busy worker is fenced off")
  func cancelTree() throws {
    let house = try House()
    let root = try house.use(automation: .auto)
    let strategy = try house.claimOne(root.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try house.claimOne(root.id)
    let spec = ChildSpec(action: ActionName("local/sample"))
    try house.plans.writeBlocking { work in
      _ = try work.spawn(
        token,
        try Spawn(
          Array(repeating: spec, count: 6),
          schedule: try ChildSchedule(mode: .parallel, maxParallel: 3)))
    }
    let busy = try house.plans.writeBlocking { work in
      try work.claim(
        owner: Owner("w"), actors: [try Fixture.actor()], limit: 9, leaseFor: .seconds(9))
    }
    #expect(busy.count == 3)
    let fenced = Guarded([LeaseToken]())
    let subscription = house.plans.engine.announcer.subscribe { told in
      fenced.withLock { $0 += told.fenced }
    }
    let cancelled = try house.plans.writeBlocking { try $0.cancel(root.id, reason: "enough") }
    withExtendedLifetime(subscription) {}
    #expect(cancelled.status == .executeCancelled)
    #expect(cancelled.progress.round?.ended == 6 && cancelled.progress.round?.holding == 0)
    #expect(Set(fenced.withLock { $0.map(\.plan) }) == Set(busy.map(\.id)))
    for plan in try house.plans.readBlocking({ try $0.tree(root.id) }) {
      #expect(plan.status.state == .cancelled)
      try house.checkHistory(plan.id)
    }
    for plan in busy {
      let token = try #require(plan.leaseToken)
      #expect(throws: PlanError.leaseLost(plan.id, status: .strategizeCancelled)) {
        try house.plans.writeBlocking { _ = try $0.complete(token) }
      }
    }
    // Once more changes nothing and is no error.
    #expect(try house.plans.writeBlocking { try $0.cancel(root.id, reason: "again") } == cancelled)
  }

  @Test(
    "keep their slot when they revert by themselves, and queue for one when an operator says so")
  func slotsAndReverts() throws {
    let house = try House()
    let root = try house.use(automation: .auto)
    let strategy = try house.claimOne(root.id)
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try house.claimOne(root.id)
    let action = ActionName("local/sample")
    try house.plans.writeBlocking { work in
      _ = try work.spawn(
        token,
        try Spawn(
          [ChildSpec(action: action), ChildSpec(action: action, automation: .review)],
          schedule: try ChildSchedule(mode: .parallel, maxParallel: 1)))
    }
    let children = try house.plans.readBlocking { try $0.children(of: root.id).map(\.id) }
    for _ in 0..<2 {
      let token = try house.claimOne(children[0])
      try house.plans.writeBlocking { _ = try $0.complete(token) }
    }
    let apply = try house.claimOne(children[0])
    let reverted = try house.plans.writeBlocking { try $0.constrain(apply, reason: "no room") }
    #expect(reverted.status == .strategizeQueued && reverted.holdsSlot)
    #expect(try house.plan(children[1]).awaitsSlot)
    // It goes on and fails for good: now the other one has the slot, and it must queue.
    let again = try house.claimOne(children[0])
    let failure = try Failure(code: Key("bad"), message: "bad", isRetryable: false)
    try house.plans.writeBlocking { _ = try $0.fail(again, failure) }
    #expect(try house.plan(children[1]).holdsSlot)
    let retried = try house.plans.writeBlocking {
      try $0.revert(children[0], reason: "think again")
    }
    #expect(retried.awaitsSlot && !retried.holdsSlot)
    #expect(try house.plan(root.id).progress.round?.ended == 0)
    // One that needs approval keeps its slot and its parent waiting.
    for _ in 0..<2 {
      let token = try house.claimOne(children[1])
      try house.plans.writeBlocking { _ = try $0.complete(token) }
    }
    #expect(try house.plan(children[1]).status == .executeComplete)
    #expect(try house.plan(children[0]).awaitsSlot)
    try house.plans.writeBlocking { _ = try $0.cancel(children[1], reason: "not approved") }
    #expect(try house.plan(children[0]).holdsSlot)
    #expect(try house.plan(root.id).status == .executeWaiting)
  }
}
