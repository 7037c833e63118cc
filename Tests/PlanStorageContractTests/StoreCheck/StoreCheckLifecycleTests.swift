import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@Suite("The check of a store that the lifecycle wrote")
struct StoreCheckLifecycleTests {
  private let time: ManualTime
  private let plans: PlanLifecycleService

  init() throws {
    let test = TestEnvironment()
    time = test.time
    plans = PlanLifecycleService(
      engine: try StorageBackend.inMemory.open(), environment: test.environment)
    try plans.writeBlocking { work in
      try work.createAction(try Fixture.action())
      try work.createAction(try Fixture.action("local/child", readOnly: true, automation: .auto))
    }
  }

  private func problems() throws -> [String] {
    try plans.engine.read { try StoreCheck.problems(in: $0).map(\.description) }
  }

  /// A plan whose two children have ended, and that was reverted afterwards.
  private func revertedParent() throws -> Plan {
    let plan = try plans.writeBlocking { work in try work.use("sample") }
    try complete()
    try plans.writeBlocking { work in _ = try work.advance(plan.id) }
    let child = ActionName("local/child")
    let spawn = try Spawn(["a", "b"].map { ChildSpec(key: try Key($0), action: child) })
    let token = try claim()
    try plans.writeBlocking { work in _ = try work.spawn(token, spawn) }
    for _ in 0..<4 { try complete() }
    return try plans.writeBlocking { work in try work.revert(plan.id, reason: "once more") }
  }

  private func claim() throws -> LeaseToken {
    let (owner, actor) = (LeaseOwner("w"), try Fixture.actor())
    let claimed = try plans.writeBlocking { work in
      try work.claim(owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(30))
    }
    return try #require(claimed.first?.leaseToken)
  }

  private func complete() throws {
    let token = try claim()
    try plans.writeBlocking { work in _ = try work.complete(token) }
  }

  // A plan that was reverted counts nothing of the round before, whose children are still there.
  // Fails when the check compares what it counts with those children.
  @Test("finds nothing wrong with a plan that was reverted after its children had ended")
  func revertedAfterChildren() throws {
    let plan = try revertedParent()
    #expect(plan.status == .strategizeQueued && plan.progress.round?.total == 0)
    #expect(try problems() == [])
    // Nor when it is cancelled then.
    try plans.writeBlocking { work in _ = try work.cancel(plan.id, reason: "enough") }
    #expect(try problems() == [])
  }

  // What reversion explains is told from what nothing explains: each fails when the check believes
  // what the plan says instead of what its events say.
  @Test("still finds what is wrong with the children of a plan that was reverted, or was not")
  func realDamage() throws {
    let plan = try revertedParent()
    let round = try #require(plan.progress.round)
    let children = try plans.engine.read { try $0.children(of: plan.id, round: 1) }
    let counting = ChildRound(
      number: 1, schedule: round.schedule, total: 2, ended: 2, holding: 0)
    let open = children[1].with(try Sample.progress(.executeQueued, version: 1))
    let damages: [(String, any Sendable & PlanChange)] = [
      ("it counts 2 children, but has 0", Saved(plan.counting(counting), before: plan)),
      (
        "its latest round is 2, but in its events it is 1",
        Saved(plan.counting(round.numbered(2)), before: plan)
      ),
      (
        "but 1 children of round 1 have not ended",
        Saved(open, before: children[1])
      ),
    ]
    for (words, damage) in damages {
      let found = try problemsWith(damage)
      #expect(found.contains { $0.hasSuffix(words) }, "\(words): \(found)")
    }
    #expect(try problems() == [])
  }

  /// A change that no command makes.
  private protocol PlanChange { func make(_ work: any UnitOfWork) throws }

  private struct Saved: PlanChange {
    let plan: Plan
    let before: Plan
    init(_ plan: Plan, before: Plan) { (self.plan, self.before) = (plan, before) }
    func make(_ work: any UnitOfWork) throws { try work.save(plan, replacing: before) }
  }

  /// What is found in a store that was changed like this; takes the change back.
  private func problemsWith(_ change: any Sendable & PlanChange) throws -> [String] {
    let found = Locked([String]())
    struct RolledBack: Error {}
    do {
      try plans.engine.write { work in
        try change.make(work)
        let problems = try StoreCheck.problems(in: work).map(\.description)
        found.withLock { $0 = problems }
        throw RolledBack()
      }
    } catch is RolledBack {}
    return found.withLock { $0 }
  }

  // The same for children that nothing explains.
  @Test("finds a child of a round that was never spawned, and a round that lost a child")
  func rounds() throws {
    let plan = try revertedParent()
    let child = try plans.engine.read { try $0.children(of: plan.id, round: 1)[0] }
    let action = try plans.engine.read { try $0.action(child.definition.action.name) }
    let stray = try Sample.plan(
      1, of: try #require(action),
      position: Sample.position(below: plan, index: 0, key: "z", round: 7))
    let more = try Sample.plan(
      2, of: try #require(action), status: .executeCancelled,
      position: Sample.position(below: plan, index: 2, key: "z"))
    for (plan, words) in [
      (stray, "its round is 7, which its parent did not spawn"),
      (more, "round 1 spawned 2 children, but has 3"),
    ] {
      let found = try problemsWith(Inserted(plan: plan))
      #expect(found.contains { $0.hasSuffix(words) }, "\(words): \(found)")
    }
  }

  private struct Inserted: PlanChange {
    let plan: Plan
    func make(_ work: any UnitOfWork) throws { try work.insert(plan) }
  }

  // Other false alarms: whatever the commands leave behind must be in order.
  @Test("finds nothing wrong after any command, in any order")
  func anyOrder() throws {
    let random = SeededGenerator.announced()
    var (forgotten, rounds) = (0, 0)
    var lives = RandomLifecycle(plans, time, random)
    let steps = Rounds.scaled(1_500)
    for step in 0..<20 * steps {
      // As long as it takes to see both: how long that is, is a matter of luck.
      if step >= steps, Rounds.isShort || forgotten > 0 && rounds > 0 { break }
      let done = try lives.step()
      let found = try problems()
      #expect(found == [], "step \(step), \(done)")
      if !found.isEmpty { break }
      let all = try plans.engine.read { try $0.plans(matching: PlanQuery(limit: .largest)).rows }
      forgotten += all.count { $0.progress.round?.total == 0 }
      rounds += all.count { $0.progress.round.map { $0.number > 1 } ?? false }
    }
    if !Rounds.isShort {
      #expect(forgotten > 0 && rounds > 0, "no plan was reverted after children, or spawned twice")
    }
  }
}

extension ChildRound {
  fileprivate func numbered(_ number: Int) -> ChildRound {
    ChildRound(number: number, schedule: schedule, total: total, ended: ended, holding: holding)
  }
}
