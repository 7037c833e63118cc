import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The rows of a SQLite store", .dedicatedThread)
struct PlanRowTests {
  private static let now = Timestamp(microseconds: 2_000)

  /// A store in a file with an action.
  private func store(_ directory: ScratchDirectory) throws -> (store: SQLiteStore, action: Action) {
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    return (store, try AtomicPairs.action(in: store))
  }

  private func plan(_ action: Action, context: String) -> Plan {
    let definition = PlanDefinition(
      id: Plan.ID(ULID(high: 1, low: 1)), action: action.snapshot, description: "do it",
      definitionOfDone: "it is done", arguments: [:], defaultedArguments: [], projects: [],
      automation: .manual, idempotencyKey: nil, context: ["text": context], createdBy: nil,
      createdAt: Self.now, position: nil)
    return PlanTransition(creating: definition).plan
  }

  private func documents(_ text: String?) -> PlanDocuments? {
    text.map { text in
      PlanDocuments(
        strategize: .string(text), execute: nil, apply: nil, checkpoint: nil, failure: nil)
    }
  }

  private func rows(_ table: String, _ store: SQLiteStore) throws -> Int64 {
    try store.engine.alone("counting") { try $0.number("SELECT count(*) FROM \(table)") }
  }

  @Test(
    "hold the texts of a plan of any length, in another table only those that are long",
    arguments: [0, 900, 1_100, 5_000, 100_000])
  func definitions(length: Int) throws {
    let directory = try ScratchDirectory()
    let (store, action) = try store(directory)
    let plan = plan(action, context: String(repeating: "é", count: length / 2))
    try store.write { try $0.insert(plan) }
    #expect(try store.read { try $0.plan(plan.id) } == plan)
    #expect(try rows("plan_definition", store) == (length > 1_000 ? 1 : 0))
    #expect(try store.integrityCheck().isSound)
    #expect(try store.write { try $0.removeTree(plan.id) } == 1)
    #expect(try rows("plan_definition", store) == 0)
    try store.close()
  }

  @Test("hold documents of any length that change from each to each other")
  func documents() throws {
    let directory = try ScratchDirectory()
    let (store, action) = try store(directory)
    let first = self.plan(action, context: "")
    try store.write { try $0.insert(first) }
    var plan = first
    let texts = [nil, "", "short", String(repeating: "é", count: 400)]
    var version = 1
    for from in texts {
      for to in texts {
        for text in [from, to] {
          version += 1
          let before = plan
          let after = Plan(
            definition: before.definition,
            progress: PlanProgress(
              status: before.status, version: version, attempt: 0, reversionCount: 0, epoch: 0,
              lease: nil, readyAt: before.progress.readyAt, unmetDependencies: 0,
              updatedAt: Self.now, times: (PhaseTimes(), PhaseTimes(), PhaseTimes()),
              documents: documents(text), round: nil))
          plan = after
          try store.write { try $0.save(after, replacing: before) }
          #expect(try store.read { try $0.plan(after.id) } == after)
          #expect(try rows("plan_documents", store) == (text == texts[3] ? 1 : 0))
        }
      }
    }
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  @Test("are written by a transition that changes only its due time in three trees at most")
  func trees() throws {
    let directory = try ScratchDirectory()
    let (store, _) = try store(directory)
    let written = try store.engine.alone("looking") { connection in
      try Self.trees(writtenBy: .saveProgress, connection)
    }
    #expect(written == ["plan", "plan_by_due", "plan_child_startable"])
    // Against a check that finds nothing: a move between lists writes those of the action.
    let moved = try store.engine.alone("looking") { connection in
      try Self.trees(writtenBy: .saveProgressAndGroup, connection)
    }
    #expect(moved == ["plan", "plan_by_due", "plan_by_list", "plan_child_startable"])
    try store.close()
  }

  /// The tables and indexes that the program of a statement opens for writing.
  private static func trees(writtenBy sql: SQL, _ connection: SQLiteConnection) throws -> [String] {
    var roots: Set<Int64> = []
    var program = try connection.query(once: "EXPLAIN \(sql.text)")
    while try program.next() {
      program.skip(1)
      let operation = program.text()
      program.skip(1)
      if operation == "OpenWrite" { roots.insert(program.integer()) }
    }
    var names: Set<String> = []
    for root in roots {
      var query = try connection.query(
        once: "SELECT name FROM sqlite_schema WHERE rootpage = \(root)")
      if try query.next() { names.insert(query.text()) }
    }
    return names.sorted()
  }

  /// What is done to rows by hand, and what the check says of it.
  static let damages = [
    ("UPDATE plan_count SET count = count + 1", "the number of plans of an action"),
    ("DELETE FROM plan_count", "the number of plans of an action"),
    ("INSERT INTO plan_count VALUES (9, 9, 1)", "the number of plans of an action"),
    ("UPDATE event SET previous = NULL WHERE position = 3", "an event does not follow"),
    ("UPDATE event SET previous = 2 WHERE position = 3", "an event does not follow"),
    ("UPDATE event SET sequence = 5 WHERE position = 3", "an event does not follow"),
    ("UPDATE plan SET last_event = 2 WHERE number = 1", "the latest event of a plan"),
    ("UPDATE plan SET last_event = 99 WHERE number = 1", "the latest event of a plan"),
    ("UPDATE plan SET last_event = 1 WHERE number = 1", "come after the latest event"),
    ("UPDATE plan SET last_event = NULL WHERE number = 1", "come after the latest event"),
    (
      "INSERT INTO event SELECT 9, 77, 1, command, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL "
        + "FROM event LIMIT 1", "events belong to no plan"
    ),
    ("UPDATE plan SET description = NULL WHERE number = 1", "its texts twice or not at all"),
    ("UPDATE plan SET documents = 2 WHERE number = 1", "its documents in another place"),
    ("INSERT INTO plan_documents (plan) VALUES (1)", "its documents in another place"),
  ]

  @Test("are compared with each other by the check of the store", arguments: damages)
  func damage(change: String, words: String) throws {
    let directory = try ScratchDirectory()
    let (store, action) = try store(directory)
    let made = [1, 2].map { Fixture.plan($0, of: action, at: Self.now) }
    try store.write { work in
      for transition in made { try work.store(transition) }
      let claimed = try made[0].plan.applying(.claim("w", until: Self.now), at: Self.now)
      try work.save(claimed.plan, replacing: made[0].plan)
      try work.append(try #require(claimed.event))
    }
    #expect(try store.integrityCheck().isSound)
    try store.close()
    let raw = try SchemaTests.raw(directory.path("plans.db"))
    try raw.runScript("PRAGMA foreign_keys = 0; \(change)")
    raw.close()
    let damaged = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    let problems = try damaged.integrityCheck().problems
    #expect(problems.contains { $0.contains(words) }, "\(problems)")
    #expect(try damaged.integrityCheck(quick: true).isSound)
    try damaged.close()
  }
}
