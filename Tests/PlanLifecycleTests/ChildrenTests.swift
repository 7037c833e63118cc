import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

// Protection 19. What the contract says of children, written a second time, against the store,
// after every step of random spawns: leave `fillSlots`, `endWithout` or the count of ended
// children out of `noteChange`, and this fails.
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
        if schedule.failFast || schedule.mode == .sequential {
          for index in states.indices where [.pending, .running].contains(states[index]) {
            states[index] = .cancelled
          }
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
    let house: House
    let parent: Plan.ID
    let children: [Plan.ID]
    var model: Model
  }

  static func family(_ random: inout SeededGenerator) throws -> Family {
    let house = try House()
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
    try house.plans.writeBlocking {
      try $0.createAction(try Fixture.action("local/child", readOnly: true))
    }
    let parent = try house.use(automation: .auto)
    let (strategy, execution) = (try house.claimOne(parent.id), { try house.claimOne(parent.id) })
    try house.plans.writeBlocking { _ = try $0.complete(strategy) }
    let token = try execution()
    try house.plans.writeBlocking { _ = try $0.spawn(token, try Spawn(specs, schedule: schedule)) }
    let children = try house.plans.readBlocking { try $0.children(of: parent.id).map(\.id) }
    return Family(
      house: house, parent: parent.id, children: children,
      model: Model(schedule: schedule, dependencies: dependencies))
  }

  @Test("start, end and fall as the contract says, whatever their graph")
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
    let (house, states) = (family.house, family.model.states)
    func any(_ state: State) -> Int? {
      states.indices.filter { states[$0] == state }.randomElement(using: &random)
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      guard let child = any(.errored) else { return }
      let id = family.children[child]
      try house.plans.writeBlocking { _ = try $0.retry(id) }
      family.model.retry(child)
    case 1:
      guard let child = any(Bool.random(using: &random) ? .pending : .running) else { return }
      let id = family.children[child]
      try house.plans.writeBlocking { _ = try $0.cancel(id, reason: "not wanted") }
      family.model.end(child, as: .cancelled)
    default:
      guard let child = any(.running) else { return }
      let isGood = Int.random(in: 0..<4, using: &random) > 0
      try work(on: family.children[child], in: house, isGood: isGood, &random)
      family.model.end(child, as: isGood ? .succeeded : .errored)
    }
  }

  /// Does all that is left of a child, or fails somewhere on the way.
  private func work(
    on id: Plan.ID, in house: House, isGood: Bool, _ random: inout SeededGenerator
  ) throws {
    while true {
      let plan = try house.plan(id)
      if plan.hasEnded { return }
      let readyAt = try #require(plan.progress.readyAt)
      let token = try house.plans.writeBlocking { work in
        // Claims of everything ready, of which all but one are given back.
        let claimed = try work.claim(
          owner: Owner("w"), actors: [try Fixture.actor()], limit: 100, leaseFor: .seconds(9))
        for other in claimed where other.id != id {
          if let token = other.leaseToken { _ = try work.release(token) }
        }
        return claimed.first { $0.id == id }?.leaseToken
      }
      #expect(readyAt <= house.time.now())
      let own = try #require(token)
      let failure = try Failure(code: Key("bad"), message: "bad", isRetryable: false)
      let failsNow = !isGood && (plan.status.phase == .execute || Bool.random(using: &random))
      try house.plans.writeBlocking { work in
        if failsNow { _ = try work.fail(own, failure) } else { _ = try work.complete(own) }
      }
    }
  }

  private func check(_ family: Family) throws {
    let house = family.house
    let (parent, children) = try house.plans.readBlocking { view in
      (try view.plan(family.parent), try view.children(of: family.parent))
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
    #expect(round.holding == children.count { $0.holdsSlot })
    #expect(round.holding <= family.model.schedule.maxParallel)
    #expect((parent.status == .executeWaiting) == !family.model.isOver)
    // A child that never started is never shown as complete.
    for child in children where child.progress[times: .strategize].startedAt == nil {
      #expect(child.status == .strategizeQueued || child.status.state == .cancelled)
    }
  }

  private func finish(_ family: Family) throws {
    let house = family.house
    let parent = try house.plan(family.parent)
    #expect(parent.status == .executeQueued)
    let token = try house.claimOne(family.parent)
    let assignment = try #require(
      try house.plans.writeBlocking { work in try work.assignment(for: try work.plan(family.parent))
      })
    #expect(assignment.attempt == 1 && assignment.children.map(\.id) == family.children)
    #expect(
      assignment.children.map(\.hasSucceeded)
        == family.model.states.map { $0 == .succeeded })
    try house.plans.writeBlocking { _ = try $0.complete(token) }
    for id in family.children { try house.checkHistory(id) }
    try house.checkHistory(family.parent)
    // The parent has gone on: what failed below it cannot be taken up again.
    for (id, state) in zip(family.children, family.model.states) where state == .errored {
      #expect(throws: PlanError.parentNotWaiting(id, parent: family.parent)) {
        try house.plans.writeBlocking { _ = try $0.retry(id) }
      }
      try house.plans.writeBlocking { _ = try $0.cancel(id, reason: "tidy") }
    }
  }
}
