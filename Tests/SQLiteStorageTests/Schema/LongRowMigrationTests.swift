import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A SQLite store of schema 4 with long rows", .dedicatedThread)
struct LongRowMigrationTests {
  private static let text = String(repeating: "é", count: 2_000)

  /// A copy of the filled store with this done to it by hand, migrated; and what was in it before.
  private func migrated(
    _ directory: ScratchDirectory, after change: String
  ) throws -> (store: SQLiteStore, before: StoreContents) {
    let path = try SchemaTests.copy("schema-4-filled", to: directory)
    let raw = try SchemaTests.raw(path)
    try raw.runScript(change)
    raw.close()
    let before = try StoreContents(beside: MigrationTests.golden(4))
    return (try SQLiteEngineRegistry().open(path), before)
  }

  @Test("keeps long texts and long documents, each of them and no other in a row of its own")
  func texts() throws {
    let directory = try ScratchDirectory()
    let (store, before) = try migrated(
      directory,
      after: """
        UPDATE plan_definition SET context = '{"long":"\(Self.text)"}' WHERE plan = 3;
        UPDATE plan_documents SET report = '\(Self.text)'
          WHERE plan IN (SELECT max(plan) FROM plan_documents);
        """)
    let plans = try StoreContents(of: store).plans
    #expect(plans.count == before.plans.count)
    let changed = zip(plans, before.plans).filter { $0 != $1 }.map(\.0)
    #expect(changed.count == 2)
    #expect(changed.count { $0.definition.context == ["long": Self.text] } == 1)
    #expect(changed.count { $0.progress.report == Self.text } == 1)
    for table in ["plan_definition", "plan_documents"] {
      let rows = try store.engine.alone("counting") { connection in
        try connection.number("SELECT count(*) FROM \(table)")
      }
      #expect(rows == 1, "\(table)")
    }
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  @Test("keeps a long history, from any event on")
  func history() throws {
    let directory = try ScratchDirectory()
    let (store, before) = try migrated(
      directory,
      after: """
        INSERT INTO event (plan, sequence, command, status_before, status_after, at, attempt, epoch)
        WITH RECURSIVE next (sequence) AS (
          SELECT max(sequence) + 1 FROM event WHERE plan = 3
          UNION ALL SELECT sequence + 1 FROM next WHERE sequence < 100)
        SELECT 3, sequence, 'claim', 0, 1, sequence, 1, 1 FROM next;
        """)
    let found = try store.read { session in
      let events = try session.events(after: .start, limit: .max).map(\.event)
      let plan = try #require(events.last?.plan)
      for after in 0...101 {
        let page = try session.events(of: plan, after: after, limit: 10)
        #expect(page.map(\.sequence) == Array((after + 1)..<max(after + 1, min(after + 11, 101))))
      }
      return events.count
    }
    #expect(found > before.events.count + 90)
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }
}
