import CSQLite
import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The schema of a SQLite store", .dedicatedThread)
struct SchemaTests {
  static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")

  /// A copy of the golden file of this name.
  static func copy(_ name: String, to directory: ScratchDirectory) throws -> String {
    let path = directory.path("golden.db")
    try FileManager.default.copyItem(
      atPath: golden.appending(path: "\(name).db").path, toPath: path)
    return path
  }

  /// A copy of what the current version has written.
  static func copyOfCurrent(to directory: ScratchDirectory) throws -> String {
    try copy("schema-\(Migration.current)-filled", to: directory)
  }

  /// A connection of the test's own.
  static func raw(_ path: String) throws -> SQLiteConnection {
    try SQLiteConnection(path: path, .readWrite, waiting: .zero, subject: "raw")
  }

  // Were the first migration changed after its release, its checksum would tell.
  @Test("opens what the first version has written")
  func goldenFile() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(try Self.copy("schema-1", to: directory))
    #expect(try store.integrityCheck().isSound)
    #expect(try store.info().schemaVersion == Migration.current)
    let (plans, events, action) = try store.read { session in
      (
        try session.plans(matching: PlanQuery(order: .oldestFirst)).rows,
        try session.events(after: .start, limit: 100),
        try session.action(ActionName("local/sample"))
      )
    }
    #expect(action?.definition == (try Fixture.action()))
    #expect(plans.map(\.id.ulid.low) == [0, 1, 2, 3])
    #expect(events.map(\.event.sequence) == [1, 1, 1, 1])
    try store.close()
  }

  @Test("is made in steps whose checksums are those of the release")
  func checksums() {
    #expect(Migration.all.map(\.number) == Array(1...Migration.current))
    #expect(
      Migration.all.map(\.checksum) == [
        "7d9de57d4831a1b7", "58656ab01c630859", "8609c6569f07cba5", "fdb321e7a641e59f",
        "6ce333cadfc4133",
      ])
  }

  /// What a database file and its log hold.
  private func bytes(_ path: String) throws -> [Data?] {
    ["", "-wal"].map { try? Data(contentsOf: URL(fileURLWithPath: path + $0)) }
  }

  @Test("is left alone when it is current: opening writes nothing")
  func opensWithoutWriting() throws {
    let directory = try ScratchDirectory()
    let path = try Self.copyOfCurrent(to: directory)
    let before = try bytes(path)[0]
    let store = try SQLiteEngineRegistry().open(path)
    #expect(try store.read { try $0.counts(in: .all).total } == 21)
    #expect(try bytes(path)[0] == before)
    #expect(try bytes(path)[1]?.isEmpty != false)
    try store.close()
    #expect(try bytes(path) == [before, nil])
  }

  // Protection 15.
  @Test(
    "is refused, and left alone, when it is not ours to open",
    arguments: [
      (
        "PRAGMA user_version = 6", StorageError.Code.schemaTooNew,
        "found schema 6, supported up to 5"
      ),
      ("PRAGMA user_version = -1", .corrupt, "but its version is -1"),
      ("PRAGMA user_version = 0", .corrupt, "but its version is 0"),
      ("PRAGMA application_id = 7", .notAStore, "its application id is 7"),
      ("UPDATE migration SET checksum = 'x'", .corrupt, "its migration 1 "),
      ("UPDATE migration SET number = number + 5", .corrupt, "its migration 6 "),
      ("DELETE FROM migration", .corrupt, "it records 0 migrations"),
      ("DROP TABLE migration", .corrupt, "no such table: migration"),
    ])
  func refusals(change: String, code: StorageError.Code, words: String) throws {
    // Also one that would have to be migrated is left alone.
    for name in ["schema-1", "schema-\(Migration.current)-filled"] {
      try expectRefusal(of: name, after: change, code, words)
    }
  }

  private func expectRefusal(
    of name: String, after change: String, _ code: StorageError.Code, _ words: String
  ) throws {
    let directory = try ScratchDirectory()
    let path = try Self.copy(name, to: directory)
    let raw = try Self.raw(path)
    try raw.runScript(change)
    raw.close()
    let before = try bytes(path)[0]
    #expect {
      _ = try SQLiteEngineRegistry().open(path)
    } throws: { error in
      (error as? StorageError)?.code == code && "\(error)".contains(words)
    }
    #expect(try bytes(path)[0] == before)
  }

  // Protection 2.
  @Test("is made step by step, each step once, whole or not at all")
  func steps() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let second = Migration(
      number: 2, name: "a second step", script: "CREATE TABLE second (a INTEGER) STRICT")
    let broken = Migration(
      number: 3, name: "a broken step", script: "CREATE TABLE third (a); CREATE TABLE second (b)")
    func open(_ migrations: [Migration]) throws -> Int {
      var probes = SQLiteEngine.Probes()
      probes.migrations = migrations
      return try SQLiteEngineRegistry(probes: probes).migrate(path).current
    }
    #expect(try open([.first]) == 1)
    #expect(errorCode { try open([.first, second, broken]) } == "inputOutput")
    // The second step was made, the third left nothing.
    #expect(try open([.first, second]) == 2)
    let raw = try Self.raw(path)
    #expect(try raw.number("SELECT count(*) FROM sqlite_schema WHERE name = 'third'") == 0)
    raw.close()
    expectCode(.schemaTooNew) { _ = try open([.first]) }
  }

  // Sixty times over in the long form.
  @Test("is made once by eight processes that open a new file at once, fifteen times over")
  func processes() throws {
    let directory = try ScratchDirectory()
    for round in 0..<Rounds.scaled(15, long: 60) {
      let path = directory.path("\(round).db")
      let processes = try (0..<8).map { _ in try TestProcess("open", path) }
      let said = processes.map { $0.lines() }
      guard said.allSatisfy({ $0 == ["opened 0"] }) else {
        Issue.record("round \(round): \(said)")
        return
      }
      let raw = try Self.raw(path)
      #expect(try raw.number("SELECT count(*) FROM migration") == Int64(Migration.current))
      raw.close()
    }
  }

  // Protection 10.
  @Test("is opened with every setting that it relies on, on every connection")
  func settings() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"))
    let expected = ["foreign_keys": "1", "cell_size_check": "1", "mmap_size": "0"]
    @Sendable func settings(_ connection: SQLiteConnection, _ names: [String]) throws -> [String:
      String]
    {
      try Dictionary(uniqueKeysWithValues: names.map { ($0, try connection.setting($0)) })
    }
    let writer = try store.engine.alone("looking") { connection in
      try settings(connection, expected.keys + ["journal_mode", "synchronous"])
    }
    #expect(
      writer == expected.merging(["journal_mode": "wal", "synchronous": "2"]) { $1 })
    let reader = try store.engine.readers?.lend { connection in
      try settings(connection, expected.keys + ["query_only"])
    }
    #expect(reader == expected.merging(["query_only": "1"]) { $1 })
    try store.close()
  }

  // A plan that scans a table or sorts grows with the store.
  @Test("answers every statement from an index, without a scan and without sorting")
  func queryPlans() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    try SQLiteEngineRegistry().open(path).close()
    let raw = try Self.raw(path)
    defer { raw.close() }
    let outside: Set<SQL> = [
      .begin, .beginImmediate, .commit, .rollback, .savepoint, .releaseSavepoint,
      .rollbackToSavepoint, .schemaVersion,
    ]
    for sql in SQL.allCases where !outside.contains(sql) {
      var plan = try raw.query(once: "EXPLAIN QUERY PLAN \(sql.text)")
      while try plan.next() {
        plan.skip(3)
        let step = plan.text()
        #expect(!step.contains("TEMP B-TREE"), "\(sql): \(step)")
        #expect(!step.hasPrefix("SCAN") || step.hasPrefix("SCAN CONSTANT"), "\(sql): \(step)")
      }
    }
  }
}
