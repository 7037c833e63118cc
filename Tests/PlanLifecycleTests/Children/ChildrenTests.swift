import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

// Protection 19. What the contract says of children, written a second time, against the store,
// after every step of random spawns: leave `fillSlots`, `endWithout` or the count of ended
// children out of `noteChange`, or let `queued(_:before:)` keep every plan as it is, and this fails.
@Suite("The children of a plan")
struct ChildrenTests {
  enum State: Equatable { case pending, running, succeeded, errored, cancelled }

  /// The contract's rules for one round of children.
  struct Model {
    let schedule: ChildSchedule
    let dependencies: [[Int]]
    var states: [State]

    init(schedule: ChildSchedule, dependencies: [[Int]]) {
      self.schedule = schedule
      self.dependencies = dependencies
      states = Array(repeating: .pending, count: dependencies.count)
      fill()
    }

    var isOver: Bool { states.allSatisfy { $0 != .pending && $0 != .running } }

    private mutating func fill() {
      for index in states.indices where states[index] == .pending {
        let isMet = dependencies[index].allSatisfy { states[$0] == .succeeded }
        let running = states.count { $0 == .running }
        if isMet, running < schedule.maxParallel { states[index] = .running }
      }
    }

    mutating func end(_ child: Int, as state: State) {
      states[child] = state
      if state != .succeeded {
        for index in states.indices where [.pending, .running].contains(states[index]) {
          let isBehind = schedule.mode == .sequential && index > child
          if schedule.failFast || isBehind { states[index] = .cancelled }
        }
        var isGrowing = true
        while isGrowing {
          isGrowing = false
          for index in states.indices where states[index] == .pending {
            let lost = dependencies[index].contains { [.errored, .cancelled].contains(states[$0]) }
            if lost {
              states[index] = .cancelled
              isGrowing = true
            }
          }
        }
      }
      fill()
    }

    mutating func retry(_ child: Int) {
      states[child] = .pending
      fill()
    }
  }

  /// A parent that waits for random children.
  struct Family {
    let fixture: LifecycleFixture
    let parent: Plan.ID
    let children: [Plan.ID]
    var model: Model
  }

  static func family(_ random: inout SeededGenerator) throws -> Family {
    let fixture = try LifecycleFixture()
    let mode = try #require(ChildSchedule.Mode.allCases.randomElement(using: &random))
    let schedule = try ChildSchedule(
      mode: mode, maxParallel: Int.random(in: 1...5, using: &random),
      failFast: Int.random(in: 0..<4, using: &random) == 0)
    let count = Int.random(in: 1...12, using: &random)
    // Any graph whose arrows lead from later to earlier in some order has no cycle.
    let order = (0..<count).shuffled(using: &random)
    var dependencies = [[Int]](repeating: [], count: count)
    if mode == .dependencyOrdered {
      for (position, child) in order.enumerated() {
        dependencies[child] = order[..<position].filter { _ in
          Int.random(in: 0..<4, using: &random) == 0
        }
      }
    }
    let specs = try dependencies.enumerated().map { index, on in
      ChildSpec(
        key: try Key("c\(index)"), action: ActionName("local/child"),
        dependsOn: try on.map { try Key("c\($0)") })
    }
    try fixture.plans.writeBlocking {
      try $0.createAction(try Fixture.action("local/child", readOnly: true))
    }
    let parent = try fixture.use(automation: .auto)
    let (strategy, execution) = (
      try fixture.claimOne(parent.id), { try fixture.claimOne(parent.id) }
    )
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try execution()
    try fixture.plans.writeBlocking {
      _ = try $0.spawn(token, try Spawn(specs, schedule: schedule))
    }
    let children = try fixture.plans.readBlocking { try $0.children(of: parent.id).map(\.id) }
    return Family(
      fixture: fixture, parent: parent.id, children: children,
      model: Model(schedule: schedule, dependencies: dependencies))
  }

  @Test("start, end and are cancelled as the model says, whatever their dependencies")
  func randomGraphs() throws {
    var random = SeededGenerator.announced()
    var ended: Set<String> = []
    for _ in 0..<150 {
      var family = try Self.family(&random)
      try check(family)
      while !family.model.isOver {
        try step(&family, &random)
        try check(family)
      }
      ended.formUnion(family.model.states.map { "\(family.model.schedule.mode) \($0)" })
      try finish(family)
    }
    // All kinds of ends were seen under all schedules.
    #expect(ended.count == 9)
  }

  /// One thing that a worker or an operator does to a child, in the store and in the model.
  private func step(_ family: inout Family, _ random: inout SeededGenerator) throws {
    let (fixture, states) = (family.fixture, family.model.states)
    func any(_ state: State) -> Int? {
      states.indices.filter { states[$0] == state }.randomElement(using: &random)
    }
    switch Int.random(in: 0..<12, using: &random) {
    case 0:
      guard let child = any(.errored) else { return }
      let id = family.children[child]
      let canRevert = try fixture.plan(id).progress.reversionCount < PlanLimits.maxReverts
      let reverts = canRevert && Bool.random(using: &random)
      try fixture.plans.writeBlocking { transaction in
        _ = try reverts ? transaction.revert(id, reason: "think again") : transaction.retry(id)
      }
      family.model.retry(child)
    case 2:
      // Queued again, which takes no slot and gives none away.
      guard let child = any(Bool.random(using: &random) ? .pending : .running) else { return }
      let plan = try fixture.plan(family.children[child])
      guard plan.status == .executeQueued, plan.progress.reversionCount < PlanLimits.maxReverts
      else {
        return
      }
      try fixture.plans.writeBlocking { _ = try $0.revert(plan.id, reason: "think again") }
    case 3:
      guard let child = any(.running) else { return }
      try disturb(family.children[child], in: fixture, &random)
    case 1:
      guard let child = any(Bool.random(using: &random) ? .pending : .running) else { return }
      let id = family.children[child]
      try fixture.plans.writeBlocking { _ = try $0.cancel(id, reason: "not wanted") }
      family.model.end(child, as: .cancelled)
    default:
      guard let child = any(.running) else { return }
      let isGood = Int.random(in: 0..<4, using: &random) > 0
      try work(on: family.children[child], in: fixture, isGood: isGood, &random)
      family.model.end(child, as: isGood ? .succeeded : .errored)
    }
  }

  /// Makes a child that is worked on queued again, in one of the ways in which that happens.
  private func disturb(
    _ id: Plan.ID, in fixture: LifecycleFixture, _ random: inout SeededGenerator
  ) throws {
    let way = Int.random(in: 0..<4, using: &random)
    try fixture.plans.writeBlocking { transaction in
      guard try transaction.plan(id).progress.attempt < 2 else { return }
      let claimed = try transaction.claim(id, owner: LeaseOwner("w"), leaseFor: .seconds(9))
      let token = try #require(claimed.leaseToken)
      let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: true)
      switch way {
      case 0: _ = try transaction.release(token)
      case 1: _ = try transaction.fail(token, failure)
      case 2: _ = try transaction.evict(id, reason: "stuck")
      default: return
      }
      try transaction.expedite(id)
    }
    guard way == 3, try fixture.plan(id).status.state == .processing else { return }
    fixture.time.advance(by: .seconds(9))
    let reclaimed = try fixture.plans.writeBlocking { try $0.reclaim(limit: 9).map(\.id) }
    #expect(reclaimed == [id])
  }

  /// Does all that is left of a child, or fails somewhere on the way.
  private func work(
    on id: Plan.ID, in fixture: LifecycleFixture, isGood: Bool, _ random: inout SeededGenerator
  ) throws {
    while true {
      let plan = try fixture.plan(id)
      if plan.hasEnded { return }
      let readyAt = try #require(plan.progress.readyAt)
      let token = try fixture.plans.writeBlocking { transaction in
        // Claims of everything ready, of which all but one are given back.
        let claimed = try transaction.claim(
          owner: LeaseOwner("w"), actors: [try Fixture.actor()], limit: 100, leaseFor: .seconds(9))
        for other in claimed where other.id != id {
          if let token = other.leaseToken { _ = try transaction.release(token) }
        }
        return claimed.first { $0.id == id }?.leaseToken
      }
      #expect(readyAt <= fixture.time.now())
      let own = try #require(token)
      let failure = try Plan.Failure(code: Key("bad"), message: "bad", isRetryable: false)
      let failsNow = !isGood && (plan.status.phase == .execute || Bool.random(using: &random))
      try fixture.plans.writeBlocking { transaction in
        if failsNow {
          _ = try transaction.fail(own, failure)
        } else {
          _ = try transaction.complete(own)
        }
      }
    }
  }

  private func check(_ family: Family) throws {
    let fixture = family.fixture
    let (parent, children) = try fixture.plans.readBlocking { snapshot in
      (try snapshot.plan(family.parent), try snapshot.children(of: family.parent))
    }
    let round = try #require(parent.progress.round)
    let states = children.map { child -> State in
      if child.hasSucceeded { return .succeeded }
      if child.status.state == .cancelled { return .cancelled }
      if child.hasEnded { return .errored }
      return child.holdsSlot ? .running : .pending
    }
    #expect(states == family.model.states)
    #expect(round.ended == children.count { $0.hasEnded } && round.total == children.count)
    #expect(round.holding == children.count { $0.holdsSlot } && round.holding >= 0)
    #expect(round.holding <= family.model.schedule.maxParallel)
    #expect((parent.status == .executeWaiting) == !family.model.isOver)
    // A child that never started is never shown as complete.
    for child in children where child.progress[times: .strategize].startedAt == nil {
      #expect(child.status == .strategizeQueued || child.status.state == .cancelled)
    }
  }

  private func finish(_ family: Family) throws {
    let fixture = family.fixture
    let parent = try fixture.plan(family.parent)
    #expect(parent.status == .executeQueued)
    let token = try fixture.claimOne(family.parent)
    let assignment = try #require(
      try fixture.plans.writeBlocking { transaction in
        try transaction.assignment(for: try transaction.plan(family.parent))
      })
    #expect(assignment.attempt == 1 && assignment.children.map(\.id) == family.children)
    #expect(
      assignment.children.map(\.hasSucceeded)
        == family.model.states.map { $0 == .succeeded })
    try fixture.plans.writeBlocking { _ = try $0.complete(token) }
    for id in family.children { try fixture.checkHistory(id) }
    try fixture.checkHistory(family.parent)
    // The parent has gone on: what failed below it cannot be taken up again.
    for (id, state) in zip(family.children, family.model.states) where state == .errored {
      #expect(throws: PlanError.parentNotWaiting(id, parent: family.parent)) {
        try fixture.plans.writeBlocking { _ = try $0.retry(id) }
      }
      try fixture.plans.writeBlocking { _ = try $0.cancel(id, reason: "tidy") }
    }
  }
}
