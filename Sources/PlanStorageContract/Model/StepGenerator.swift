import PlanDomain
import PlanStorage

/// Generates random steps that use few different names, so that they often affect the same rows.
struct StepGenerator {
  var arbitrary: Arbitrary
  /// The number of different keys and child indices; steps use the last `2 * breadth` plans.
  let breadth: Int
  private let names = ["a/x", "a/y", "b/x", "B/x"]
  private var inserted: [Plan.ID] = []

  init(_ arbitrary: Arbitrary, breadth: Int) {
    self.arbitrary = arbitrary
    self.breadth = breadth
  }

  mutating func next(mayReopen: Bool) throws -> Step {
    switch number(100) {
    case 0 where mayReopen: return .reopen
    case 1..<22: return .read(try readOperation())
    default:
      // Sometimes a large unit of work: some faults need twelve or more writes in one.
      let count = number(12) == 0 ? 12 + number(9) : 1 + number(4)
      return .work(try (0..<count).map { _ in try writeOperation() }, isRolledBack: number(6) == 0)
    }
  }

  private mutating func number(_ end: Int) -> Int { .random(in: 0..<end, using: &arbitrary.random) }

  private mutating func name() throws -> ActionName {
    try ActionName(number(12) == 0 ? "b/none" : arbitrary.one(of: names))
  }

  private mutating func id() -> Plan.ID {
    if number(20) == 0 { return Sample.id(UInt64.max) }
    return inserted.isEmpty
      ? Sample.id(0) : arbitrary.one(of: inserted.suffix(2 * breadth).map { $0 })
  }

  private mutating func key(_ letter: String) throws -> Key {
    try Key("\(letter)\(number(breadth))")
  }

  private mutating func writeOperation() throws -> WriteOperation {
    switch number(24) {
    case 0, 1: return .insertAction(try arbitrary.action(try name()))
    case 2:
      let isCurrent = number(4) > 0
      return .saveAction(try arbitrary.action(try name()), replacing: isCurrent ? nil : 1)
    case 3...9: return try insertPlan()
    case 10...16:
      let definition = try arbitrary.definition(id(), of: name(), key: nil, position: nil)
      return .savePlan(
        Plan(definition: definition, progress: try arbitrary.progress()), isStale: number(8) == 0,
        keepsDocuments: number(2) == 0)
    case 17...22: return .append(try arbitrary.event(id(), 0), isGap: number(10) == 0)
    default: return .removeTree(id())
    }
  }

  private mutating func insertPlan() throws -> WriteOperation {
    let isNew = number(8) > 0 || inserted.isEmpty
    let plan = isNew ? Sample.id(arbitrary.random.next() % 1_000_000_007) : id()
    let parent = inserted.isEmpty || number(2) == 0 ? nil : id()
    if isNew { inserted.append(plan) }
    let position = try parent.map { parent in
      ChildPosition(
        parent: parent, root: parent, depth: 1, round: 1 + number(2), index: number(breadth),
        key: try key("c"), dependsOn: try arbitrary.many(3) { try Key("c\($0.one(of: [0, 1, 2]))") }
      )
    }
    let useKey = number(4) == 0 ? try key("k") : nil
    let definition = try arbitrary.definition(plan, of: name(), key: useKey, position: position)
    return .insertPlan(
      Plan(definition: definition, progress: try arbitrary.progress()), parent: parent)
  }

  private mutating func readOperation() throws -> ReadOperation {
    let (id, name, now) = (id(), try name(), arbitrary.time())
    let (limit, round) = (number(5), 1 + number(2))
    let (useKey, siblingKey) = (try key("k"), try key("c"))
    let actors: [ActorName] = try arbitrary.many(3) { try $0.short() }
    switch number(15) {
    case 0: return ReadOperation(name: "plan \(id)") { ReadResult(try [$0.plan(id)]) }
    case 1:
      return ReadOperation(name: "plan of \(name) by \(useKey)") {
        ReadResult(try [$0.plan(of: name, idempotencyKey: useKey)])
      }
    case 2:
      return ReadOperation(name: "children of \(id)") {
        ReadResult(try $0.children(of: id, round: round))
      }
    case 3:
      return ReadOperation(name: "startable children of \(id)") {
        ReadResult(try $0.startableChildren(of: id, round: round, limit: limit))
      }
    case 4:
      return ReadOperation(name: "dependents on \(siblingKey)") {
        ReadResult(try $0.dependents(on: siblingKey, parent: id, round: round))
      }
    case 5:
      let excluded: Set = [id]
      return ReadOperation(name: "ready for \(actors) at \(now.microseconds), excluding \(id)") {
        ReadResult(
          try $0.readyPlans(for: actors, at: now, limit: limit, excluding: excluded).plans,
          rest: "\(try $0.queuedActors(after: nil, limit: 2))")
      }
    case 6:
      return ReadOperation(name: "next ready for \(actors)") {
        ReadResult(rest: "\(String(describing: try $0.nextReadyAt(for: actors)))")
      }
    case 7:
      return ReadOperation(name: "expired leases at \(now.microseconds), excluding \(id)") {
        ReadResult(try $0.expiredLeases(at: now, limit: limit, excluding: [id]).plans)
      }
    case 8:
      return ReadOperation(name: "next lease expiry") {
        ReadResult(rest: "\(String(describing: try $0.nextLeaseExpiry()))")
      }
    case 9:
      return ReadOperation(name: "final roots ended before \(now.microseconds)") {
        ReadResult(try $0.finalRoots(endedBefore: now, limit: limit))
      }
    case 10:
      return ReadOperation(name: "action \(name)") { ReadResult(actions: try [$0.action(name)]) }
    case 11:
      return ReadOperation(name: "events of \(id)") {
        ReadResult(events: try $0.events(of: id, after: limit, limit: 3))
      }
    case 12: return try actionPage()
    default: return try page()
    }
  }

  private mutating func actionPage() throws -> ReadOperation {
    let filter = ActionFilter(
      namespace: arbitrary.one(of: [nil, "a", "b", "none"]),
      state: arbitrary.one(of: [nil, .available]))
    let query = ActionQuery(
      filter, order: arbitrary.one(of: PageOrder.allCases),
      limit: try PageLimit(arbitrary.one(of: [1, 3])))
    return ReadOperation(name: "a page of actions \(filter)") { session in
      let page = try session.actions(matching: query)
      let feed = try session.events(after: .start, limit: 5).map(\.event)
      let state = try session.feedState()
      return ReadResult(
        actions: page.rows, events: feed, rest: "\(page.next == nil) \(state.purges)")
    }
  }

  private mutating func page() throws -> ReadOperation {
    let (name, project) = (try name(), ProjectName("p1"))
    let filter = PlanFilter(
      phase: arbitrary.one(of: [nil, nil, .apply]),
      state: arbitrary.one(of: [nil, nil, .queued, .errored, .processing]),
      action: arbitrary.one(of: [nil, nil, name]), namespace: arbitrary.one(of: [nil, nil, "a"]),
      project: arbitrary.one(of: [nil, nil, project]),
      label: arbitrary.one(of: [nil, nil, Plan.Label("l", "1")]),
      parent: arbitrary.one(of: [nil, nil, id()]),
      root: arbitrary.one(of: [nil, nil, id()]),
      created: arbitrary.one(of: [nil, nil, Sample.time(0)..<Sample.time(10)]))
    let query = PlanQuery(
      filter, order: arbitrary.one(of: PageOrder.allCases),
      limit: try PageLimit(arbitrary.one(of: [1, 2, 5, 12])),
      after: arbitrary.one(of: [nil, PlanCursor(after: id())]))
    let scan = QueryRules.scan(for: filter)
    return ReadOperation(name: "a page of \(scan), \(query.order)") { session in
      let page = try session.plans(matching: query)
      let counts = try session.counts(in: QueryRules.scope(for: filter))
      let next = page.next.map(\.description) ?? "no next"
      return ReadResult(page.rows, rest: "\(next) \(PlanStatus.allCases.map { counts[$0] })")
    }
  }
}
