import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

// Protections 6, 8 and 9 for this store: random units of work, half of which fail at their end,
// against a plain list. Forget one case in `InMemoryTables.rollBack` and this fails.
@Suite("An in-memory store against a plain model", .dedicatedThread)
struct ModelTests {
  /// What a store should hold.
  struct Model {
    var actions: [Action] = []
    var plans: [Plan] = []
    var events: [PlanEvent] = []
  }

  struct RolledBack: Error {}

  @Test("gives the same answers, whatever was written and rolled back")
  func randomUnitsOfWork() throws {
    var random = SeededGenerator.announced()
    for _ in 0..<12 {
      let engine = try StorageBackend.inMemory.open()
      var model = Model()
      var number: UInt64 = 0
      for _ in 0..<120 {
        var after = model
        let fails = Bool.random(using: &random)
        let steps = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
          number += 1
          return Step.random(&random, number, &after)
        }
        do {
          try engine.write { work in
            for step in steps { try step.run(work) }
            if fails { throw RolledBack() }
          }
          model = after
        } catch is RolledBack {}
        try check(engine, model, &random)
      }
    }
  }

  /// One write, decided beforehand.
  enum Step: Sendable {
    case action(Action)
    case archive(Action)
    case plan(PlanTransition)
    case save(Plan, PlanEvent?, before: Plan)
    case remove(Plan.ID)

    func run(_ work: any UnitOfWork) throws {
      switch self {
      case .action(let action): try work.insert(action)
      case .archive(let action): try work.save(action, replacing: action.version - 1)
      case .plan(let transition): try work.store(transition)
      case .save(let plan, let event, let before):
        try work.save(plan, replacing: before)
        if let event { try work.append(event) }
      case .remove(let root): _ = try work.removeTree(root)
      }
    }

    static func random(
      _ random: inout SeededGenerator, _ number: UInt64, _ model: inout Model
    ) -> Step? {
      let now = Timestamp(microseconds: Int64.random(in: 0..<50, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        let names = ["a/\(number)", "b/\(number)"]
        guard let name = names.randomElement(using: &random),
          let definition = try? Fixture.action(name)
        else { return nil }
        let action = Action(creating: definition, at: now)
        model.actions.append(action)
        return .action(action)
      case 1:
        guard let index = model.actions.indices.randomElement(using: &random) else { return nil }
        model.actions[index] = model.actions[index].archived(at: now)
        return .archive(model.actions[index])
      case 2, 3, 4:
        guard let action = model.actions.randomElement(using: &random) else { return nil }
        let transition = Fixture.plan(
          number, of: action, key: Bool.random(using: &random) ? try? Key("k\(number)") : nil,
          position: position(number, &random, model),
          projects: Bool.random(using: &random)
            ? [ProjectUse(name: "p")] : [],
          at: now)
        model.plans.append(transition.plan)
        model.events += [transition.event].compactMap { $0 }
        return .plan(transition)
      case 5:
        guard
          let root = model.plans.filter({ $0.definition.position == nil })
            .randomElement(using: &random)?.id
        else { return nil }
        let gone = Set(model.plans.filter { $0.definition.root == root }.map(\.id))
        model.plans.removeAll { gone.contains($0.id) }
        model.events.removeAll { gone.contains($0.plan) }
        return .remove(root)
      default:
        guard let index = model.plans.indices.randomElement(using: &random) else { return nil }
        let before = model.plans[index]
        guard let (plan, event) = change(of: before, &random) else { return nil }
        model.plans[index] = plan
        model.events += [event].compactMap { $0 }
        return .save(plan, event, before: before)
      }
    }

    private static func position(
      _ number: UInt64, _ random: inout SeededGenerator, _ model: Model
    ) -> ChildPosition? {
      guard Bool.random(using: &random), let parent = model.plans.randomElement(using: &random),
        let key = try? Key("c\(number)")
      else { return nil }
      let sibling = model.plans.last { $0.definition.position?.parent == parent.id }
      return ChildPosition(
        parent: parent.id, root: parent.definition.root, depth: parent.definition.depth + 1,
        round: Int.random(in: 1...2, using: &random), index: Int(number), key: key,
        dependsOn: sibling?.definition.position.map { [$0.key] } ?? [])
    }

    private static func change(
      of plan: Plan, _ random: inout SeededGenerator
    ) -> (Plan, PlanEvent?)? {
      let now = Timestamp(microseconds: Int64.random(in: 50..<100, using: &random))
      let token = LeaseToken(plan: plan.id, epoch: plan.progress.epoch)
      let commands: [PlanCommand] = [
        .claim("w", until: now.adding(.microseconds(Int64.random(in: 0..<50, using: &random)))),
        .complete(token, result: 1), .advance(), .cancel(reason: "r"), .release(token),
        .revert(reason: "again"), .reclaim,
      ]
      guard let command = commands.randomElement(using: &random) else { return nil }
      if case .claim = command, Bool.random(using: &random) {
        return (plan.ready(at: plan.progress.readyAt == nil ? now : nil), nil)
      }
      return (try? plan.applying(command, at: now)).map { ($0.plan, $0.event) }
    }
  }

  func check(
    _ engine: any StorageEngine, _ model: Model, _ random: inout SeededGenerator
  ) throws {
    let ids = model.plans.map(\.id)
    let (stored, events, actions) = try engine.read { session in
      (
        try ids.compactMap { try session.plan($0) }, try session.events(after: .start, limit: .max),
        try session.actions(matching: ActionQuery(order: .oldestFirst, limit: .largest)).rows
      )
    }
    #expect(stored == model.plans)
    #expect(events.map(\.event) == model.events)
    #expect(actions == model.actions)
    for plan in model.plans.prefix(3) { try checkOne(engine, model, plan) }
    for filter in filters(model, &random) { try checkPages(engine, model, filter, &random) }
    try checkQueues(engine, model)
  }

  private func checkOne(_ engine: any StorageEngine, _ model: Model, _ plan: Plan) throws {
    let events = try engine.read { try $0.events(of: plan.id, after: 1, limit: 2) }
    #expect(events == Array(model.events.filter { $0.plan == plan.id }.dropFirst().prefix(2)))
    if let key = plan.definition.idempotencyKey {
      let action = plan.definition.action.name
      #expect(try engine.read { try $0.plan(of: action, idempotencyKey: key) } == plan)
    }
    for round in 1...2 {
      let children = model.plans.filter {
        $0.definition.position?.parent == plan.id && $0.definition.position?.round == round
      }.sorted { ($0.definition.position?.index ?? 0) < ($1.definition.position?.index ?? 0) }
      let startable = children.filter(\.isStartable).prefix(2)
      let (stored, ready) = try engine.read { session in
        (
          try session.children(of: plan.id, round: round),
          try session.startableChildren(of: plan.id, round: round, limit: 2)
        )
      }
      #expect(stored == children && ready == Array(startable))
      if let key = children.first?.definition.position?.key {
        let dependents = children.filter { $0.definition.position?.dependsOn.contains(key) == true }
        let found = try engine.read {
          try $0.dependents(on: key, parent: plan.id, round: round)
        }
        #expect(found == dependents)
      }
    }
  }

  private func filters(_ model: Model, _ random: inout SeededGenerator) -> [PlanFilter] {
    let some = model.plans.randomElement(using: &random)
    let action = model.actions.randomElement(using: &random)?.name
    let state = PlanState.allCases.randomElement(using: &random)
    return [
      PlanFilter(), PlanFilter(state: state), PlanFilter(action: action),
      PlanFilter(phase: .strategize, namespace: "a"), PlanFilter(parent: some?.id),
      PlanFilter(root: some?.id), PlanFilter(state: state, root: some?.definition.root),
      PlanFilter(project: "p"),
      PlanFilter(
        created: Timestamp(microseconds: 10)..<Timestamp(microseconds: 30),
        updated: Timestamp(microseconds: 5)..<Timestamp(microseconds: 70)),
    ]
  }

  private func checkPages(
    _ engine: any StorageEngine, _ model: Model, _ filter: PlanFilter,
    _ random: inout SeededGenerator
  ) throws {
    let limit = try PageLimit(Int.random(in: 1...5, using: &random))
    for order in PageOrder.allCases {
      let matching = model.plans.filter { QueryRules.isMatch($0, for: filter) }.sorted {
        order == .oldestFirst ? $0.id < $1.id : $0.id > $1.id
      }
      var rows: [Plan] = []
      var cursor: PlanCursor?
      repeat {
        let query = PlanQuery(filter, order: order, limit: limit, after: cursor)
        let page = try engine.read { try $0.plans(matching: query) }
        #expect(page.rows.count <= limit.count)
        rows += page.rows
        cursor = page.next
      } while cursor != nil
      #expect(rows == matching, "\(filter)")
    }
    let inScope = PlanFilter(
      action: filter.action, namespace: filter.namespace, project: filter.project,
      parent: filter.parent, root: filter.root)
    let plans = model.plans.filter { QueryRules.isMatch($0, for: inScope) }
    let counts = Dictionary(grouping: plans, by: \.status).mapValues(\.count)
    let scope = QueryRules.scope(for: filter)
    #expect(try engine.read { try $0.counts(in: scope) } == StatusCounts(counts))
  }

  private func checkQueues(_ engine: any StorageEngine, _ model: Model) throws {
    let actors = [try Fixture.actor(), try Fixture.actor("nobody")]
    let now = Timestamp(microseconds: 60)
    let (ready, nextReady, expired, nextExpiry, roots) = try engine.read { session in
      (
        try session.readyPlans(for: actors, at: now, limit: 4),
        try session.nextReadyAt(for: actors), try session.expiredLeases(at: now, limit: 3),
        try session.nextLeaseExpiry(), try session.finalRoots(endedBefore: now, limit: 3)
      )
    }
    func first(_ count: Int, _ time: (Plan) -> Timestamp?, _ isDue: (Timestamp) -> Bool) -> [Plan] {
      let timed = model.plans.compactMap { plan in time(plan).map { (time: $0, plan: plan) } }
      let due = timed.filter { isDue($0.time) }
      return due.sorted { ($0.time, $0.plan.id) < ($1.time, $1.plan.id) }.prefix(count).map(\.plan)
    }
    func readyAt(_ plan: Plan) -> Timestamp? {
      plan.status.state == .queued ? plan.progress.readyAt : nil
    }
    #expect(ready == first(4, readyAt) { $0 <= now })
    #expect(nextReady == model.plans.compactMap(readyAt).min())
    #expect(expired == first(3, { $0.progress.lease?.expiresAt }) { $0 <= now })
    #expect(nextExpiry == model.plans.compactMap { $0.progress.lease?.expiresAt }.min())
    #expect(
      roots
        == first(3, { $0.definition.position == nil && $0.isFinal ? $0.endedAt : nil }) { $0 < now }
    )
    let never = try engine.read {
      try $0.finalRoots(endedBefore: Timestamp(microseconds: .min), limit: 3)
    }
    #expect(never.isEmpty)
  }
}
