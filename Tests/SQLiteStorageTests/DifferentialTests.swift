import InMemoryStorage
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport
import Testing

// Protections 3, 6, 8 and 18: two stores that share no code but the ports are driven with the same
// operations and must answer alike, errors included, after every one of them.
@Suite("The in-memory store and SQLite")
struct DifferentialTests {
  @Test("answer alike to the same random operations, errors included", .timeLimit(.minutes(5)))
  func answers() throws {
    let random = SeededGenerator.announced()
    let directory = try ScratchDirectory()
    let options = SQLiteOptions(durability: .normal)
    let backends: [StorageBackend] = [
      .sqlite(at: directory.path("a.db"), options: options, in: SQLiteEngineRegistry()),
      .sqliteInMemory(named: "differential"),
      .sqlite(
        at: directory.path("b.db"), options: SQLiteOptions(durability: .normal, exclusive: true),
        in: SQLiteEngineRegistry()),
    ]
    for (index, backend) in backends.enumerated() {
      var pair = Pair(
        memory: try StorageBackend.inMemory.open(), sqlite: try backend.open(),
        arbitrary: Arbitrary(random), counts: (0, 0))
      while pair.counts.operations < Rounds.scaled(index == 0 ? 80_000 : 12_000) { try pair.step() }
      try pair.memory.close()
      try pair.sqlite.close()
      // Neither all of them fail nor none: both kinds are compared.
      #expect(pair.counts.failures > pair.counts.operations / 50)
      #expect(pair.counts.failures < pair.counts.operations / 2)
    }
  }
}

/// Two stores under the same operations.
private struct Pair {
  let memory: any StorageEngine
  let sqlite: any StorageEngine
  var arbitrary: Arbitrary
  var counts: (operations: Int, failures: Int)
  var plans: [Plan.ID] = []
  var actions: [ActionName] = []
  var sequences: [Plan.ID: Int] = [:]

  struct TakenBack: Error {}

  /// One unit of work, half of the time with a read beside it, in both stores.
  mutating func step() throws {
    let count = Int.random(in: 1...4, using: &arbitrary.random)
    let operations = try (0..<count).map { _ in try operation() }
    let isTakenBack = Int.random(in: 0..<5, using: &arbitrary.random) == 0
    let answers = [memory, sqlite].map { engine in
      Guarded([String]()).collect { notes in
        try engine.write { work in
          for operation in operations {
            let answer = String(describing: outcome { try operation.run(work) })
            notes.withLock { $0.append(answer) }
          }
          if isTakenBack { throw TakenBack() }
        }
      }
    }
    try compare(answers[0], answers[1], operations.map(\.name))
    counts.operations += count + 1
    counts.failures += answers[0].count { $0.hasPrefix("failure") }
    let question = try self.question()
    let a = try memory.read { try question.run($0) }
    let b = try sqlite.read { try question.run($0) }
    guard a == b else {
      Issue.record(
        "\(question.name)\n\(a.plans.map(\.whole))\n\(b.plans.map(\.whole))\n\(a.rest)\n\(b.rest)")
      throw TakenBack()
    }
  }

  private func compare(_ a: [String], _ b: [String], _ names: [String]) throws {
    guard a == b else {
      for (a, b) in zip(a, b) where a != b { Issue.record("\(names)\n\(a)\n\(b)") }
      throw TakenBack()
    }
  }

  struct Operation: Sendable {
    let name: String
    let run: @Sendable (any UnitOfWork) throws -> String
  }

  struct Question: Sendable {
    let name: String
    let run: @Sendable (any ReadSession) throws -> Answer
  }

  /// What a read gave: plans, which are compared field by field, and the rest as text.
  struct Answer: Equatable, Sendable, ExpressibleByStringInterpolation {
    var plans: [Plan] = []
    var rest = ""

    init(_ plans: [Plan], _ rest: String = "") {
      self.plans = plans
      self.rest = rest
    }

    init(stringLiteral rest: String) { self.rest = rest }
  }
}

extension Guarded<[String]> {
  /// What was noted while the body ran, and how it ended.
  borrowing func collect(_ body: (borrowing Guarded<[String]>) throws -> Void) -> [String] {
    var end = "ended"
    do { try body(self) } catch { end = "threw \(error)" }
    return withLock { $0 + [end] }
  }
}

extension Pair {
  private mutating func knownPlan() -> Plan.ID {
    if plans.isEmpty || Int.random(in: 0..<20, using: &arbitrary.random) == 0 {
      return Plan.ID(ULID(high: 9, low: UInt64.random(in: 0...5, using: &arbitrary.random)))
    }
    return arbitrary.one(of: plans.suffix(60).map { $0 })
  }

  private mutating func knownAction() throws -> ActionName {
    try ActionName(arbitrary.one(of: ["a/x", "a/y", "b/x", "B/x", "b/none"]))
  }

  private mutating func operation() throws -> Operation {
    switch Int.random(in: 0..<20, using: &arbitrary.random) {
    case 0 where plans.count > 20 || Bool.random(using: &arbitrary.random):
      return try insertAction()
    case 1: return try saveAction()
    case 2...7: return try insertPlan()
    case 8...14: return try savePlan()
    case 15...18: return try append()
    default:
      let root = knownPlan()
      return Operation(name: "remove") { "\(try $0.removeTree(root))" }
    }
  }

  private mutating func insertAction() throws -> Operation {
    let action = try arbitrary.action(try knownAction())
    return Operation(name: "insert action") { "\(try $0.insert(action))" }
  }

  private mutating func saveAction() throws -> Operation {
    let name = try knownAction()
    let version = arbitrary.one(of: [1, 2])
    var copy = arbitrary
    let action = try copy.action(name)
    arbitrary = copy
    let isCurrent = Int.random(in: 0..<4, using: &arbitrary.random) > 0
    return Operation(name: "save action") { work in
      let stored = isCurrent ? try work.action(name)?.version : nil
      return "\(try work.save(action, replacing: stored ?? version))"
    }
  }

  private mutating func insertPlan() throws -> Operation {
    let isNew = Int.random(in: 0..<15, using: &arbitrary.random) > 0
    let id =
      isNew || plans.isEmpty
      ? Plan.ID(ULID(high: arbitrary.random.next() % 3, low: arbitrary.random.next()))
      : knownPlan()
    let name = try knownAction()
    let key = try arbitrary.one(of: [
      nil, nil, nil, Key("k\(Int.random(in: 0...200, using: &arbitrary.random))"),
    ])
    let parent = plans.isEmpty ? nil : arbitrary.one(of: [nil, knownPlan()])
    let (round, index) = (
      arbitrary.one(of: [1, 2]), Int.random(in: 0...30, using: &arbitrary.random)
    )
    let (siblingKey, dependsOn) = (
      try Key("c\(Int.random(in: 0...30, using: &arbitrary.random))"),
      try arbitrary.many(3) { try Key("c\(Int.random(in: 0...30, using: &$0.random))") }
    )
    let definition = try arbitrary.definition(id, of: name, key: key, place: nil)
    let progress = try arbitrary.progress()
    plans.append(id)
    return Operation(name: "insert plan") { work in
      var place: ChildPlace?
      if let parent {
        // The root that a parent stands below must be right: everything else is made up.
        let stored = try work.plan(parent)
        place = ChildPlace(
          parent: parent, root: stored?.definition.root ?? parent, depth: 1, round: round,
          index: index, key: siblingKey, dependsOn: dependsOn)
      }
      let placed = PlanDefinition(
        id: id, terms: definition.terms, description: definition.description,
        definitionOfDone: definition.definitionOfDone, arguments: definition.arguments,
        projects: definition.projects, automation: definition.automation,
        idempotencyKey: definition.idempotencyKey, createdBy: definition.createdBy,
        createdAt: definition.createdAt, place: place)
      return "\(try work.insert(Plan(definition: placed, progress: progress)))"
    }
  }

  private mutating func savePlan() throws -> Operation {
    let id = knownPlan()
    let isStale = Int.random(in: 0..<8, using: &arbitrary.random) == 0
    let keepsDocuments = Bool.random(using: &arbitrary.random)
    let progress = try arbitrary.progress()
    let stranger = try arbitrary.definition(
      id, of: ActionName("a/x"), key: nil, place: nil)
    return Operation(name: "save plan") { work in
      guard let before = try work.plan(id) else {
        let plan = Plan(definition: stranger, progress: progress)
        return "\(try work.save(plan, replacing: plan))"
      }
      let after = PlanProgress(
        status: progress.status, version: progress.version, attempt: progress.attempt,
        reversionCount: progress.reversionCount, epoch: progress.epoch, lease: progress.lease,
        readyAt: progress.readyAt, unmetDependencies: progress.unmetDependencies,
        updatedAt: progress.updatedAt,
        times: (
          progress[times: .strategize], progress[times: .execute], progress[times: .apply]
        ), documents: keepsDocuments ? before.progress.documents : progress.documents,
        round: progress.round)
      let old = isStale ? before.stale : before
      return
        "\(try work.save(Plan(definition: before.definition, progress: after), replacing: old))"
    }
  }

  private mutating func append() throws -> Operation {
    let id = knownPlan()
    let isGap = Int.random(in: 0..<10, using: &arbitrary.random) == 0
    let event = try arbitrary.event(id, 0)
    return Operation(name: "append") { work in
      let last = try work.events(of: id, after: 0, limit: .max).last?.sequence ?? 0
      let next = PlanEvent(
        plan: id, sequence: last + (isGap ? 2 : 1), command: event.command, from: event.from,
        to: event.to, at: event.at, attempt: event.attempt, epoch: event.epoch,
        detail: event.detail)
      return "\(try work.append(next))"
    }
  }

  private mutating func question() throws -> Question {
    let (id, name, now) = (knownPlan(), try knownAction(), arbitrary.time())
    let limit = Int.random(in: 0...4, using: &arbitrary.random)
    let actors: [ActorName] = try arbitrary.many(3) { try $0.short() }
    let (key, round) = (try Key("c\(limit)"), arbitrary.one(of: [1, 2]))
    switch Int.random(in: 0..<14, using: &arbitrary.random) {
    case 0: return Question(name: "plan") { Answer(try [$0.plan(id)].compactMap { $0 }) }
    case 1:
      return Question(name: "use") {
        Answer(try [$0.plan(of: name, idempotencyKey: key)].compactMap { $0 })
      }
    case 2: return Question(name: "children") { Answer(try $0.children(of: id, round: round)) }
    case 3:
      return Question(name: "startable") {
        Answer(try $0.startableChildren(of: id, round: round, limit: limit))
      }
    case 4:
      return Question(name: "dependents") {
        Answer(try $0.dependents(on: key, parent: id, round: round))
      }
    case 5:
      return Question(name: "ready") {
        Answer(try $0.readyPlans(for: actors, at: now, limit: limit))
      }
    case 6:
      return Question(name: "next ready") {
        "\(String(describing: try $0.nextReadyAt(for: actors)))"
      }
    case 7: return Question(name: "expired") { Answer(try $0.expiredLeases(at: now, limit: limit)) }
    case 8:
      return Question(name: "next expiry") { "\(String(describing: try $0.nextLeaseExpiry()))" }
    case 9:
      return Question(name: "final roots") {
        Answer(try $0.finalRoots(endedBefore: now, limit: limit))
      }
    case 10: return Question(name: "action") { "\(String(describing: try $0.action(name)))" }
    case 11: return Question(name: "events") { "\(try $0.events(of: id, after: limit, limit: 3))" }
    case 12: return try actionPage()
    default: return try page()
    }
  }

  private mutating func actionPage() throws -> Question {
    let query = ActionQuery(
      ActionFilter(
        namespace: arbitrary.one(of: [nil, "a", "b", "none"]),
        state: arbitrary.one(of: [nil, .available])),
      order: arbitrary.one(of: PageOrder.allCases), limit: try PageLimit(arbitrary.one(of: [1, 3])))
    return Question(name: "actions") { session in
      let page = try session.actions(matching: query)
      let feed = try session.events(after: .start, limit: 5).map(\.event)
      return "\(page.rows) \(page.next == nil) \(feed)"
    }
  }

  private mutating func page() throws -> Question {
    let (name, project) = (try knownAction(), try ProjectName("p1"))
    let filter = PlanFilter(
      phase: arbitrary.one(of: [nil, nil, .apply]),
      state: arbitrary.one(of: [nil, nil, .queued, .errored]),
      action: arbitrary.one(of: [nil, nil, name]),
      namespace: arbitrary.one(of: [nil, nil, "a"]),
      project: arbitrary.one(of: [nil, nil, project]),
      parent: arbitrary.one(of: [nil, nil, knownPlan()]),
      root: arbitrary.one(of: [nil, nil, knownPlan()]),
      created: arbitrary.one(of: [
        nil, nil, Timestamp(microseconds: 0)..<Timestamp(microseconds: 10),
      ]))
    let query = PlanQuery(
      filter, order: arbitrary.one(of: PageOrder.allCases),
      limit: try PageLimit(arbitrary.one(of: [1, 2, 5, 12])),
      after: arbitrary.one(of: [nil, PlanCursor(after: knownPlan())]))
    return Question(name: "\(query)") { session in
      let page = try session.plans(matching: query)
      let counts = try session.counts(in: filter.scope)
      return Answer(
        page.rows,
        "\(String(describing: page.next)) \(PlanStatus.allCases.map { counts[$0] })")
    }
  }
}

extension Plan {
  /// The plan as it was before another version of it was stored.
  fileprivate var stale: Plan {
    Plan(
      definition: definition,
      progress: PlanProgress(
        status: status, version: version ^ 1, attempt: 0, reversionCount: 0,
        epoch: progress.epoch, lease: nil, readyAt: nil, unmetDependencies: 0,
        updatedAt: progress.updatedAt, times: (PhaseTimes(), PhaseTimes(), PhaseTimes()),
        documents: nil, round: nil))
  }

  /// Every field, the fixed part included.
  fileprivate var whole: String {
    var text = ""
    dump(definition, to: &text)
    dump(progress, to: &text)
    return text
  }
}
