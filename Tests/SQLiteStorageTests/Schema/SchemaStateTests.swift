import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The state of a SQLite schema, asked without opening a store", .dedicatedThread)
struct SchemaStateTests {
  static let upToDate = SchemaState(version: Migration.current, of: Migration.all)

  /// Every file of a directory with its bytes, read before and after something that changes nothing.
  static func files(_ directory: ScratchDirectory) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: directory.path($0))))
      })
  }

  /// What is asked of a file, when that changes no byte of any file beside it and makes none.
  static func state(
    _ path: String, in directory: ScratchDirectory,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> SchemaState {
    let before = try files(directory)
    let registry = SQLiteEngineRegistry()
    let state = try StorageBackend.sqlite(at: path, in: registry).schema()
    #expect(try files(directory) == before, sourceLocation: sourceLocation)
    return state
  }

  @Test("has every migration pending for a file that is not there or empty, and makes none")
  func nothing() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let none = SchemaState(
      current: 0, supported: Migration.current, pending: Migration.all.map(\.name))
    #expect(try Self.state(path, in: directory) == none)
    #expect(try Self.files(directory).isEmpty)
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(try Self.state(path, in: directory) == none)
    #expect(!none.isUpToDate && !none.isTooNew)
    expectCode(.cannotOpen) {
      _ = try StorageBackend.sqlite(at: directory.path("missing/plans.db")).schema()
    }
  }

  @Test("names what is pending for an older file, under any name, until it is migrated")
  func older() throws {
    let directory = try ScratchDirectory()
    let path = directory.url.path + "/a b?c#d%41.db"
    try FileManager.default.copyItem(atPath: MigrationTests.golden(1), toPath: path)
    let state = try Self.state(path, in: directory)
    let pending = Migration.all.dropFirst().map(\.name)
    #expect(state == SchemaState(current: 1, supported: Migration.current, pending: pending))
    let backend = StorageBackend.sqlite(at: path, in: SQLiteEngineRegistry())
    #expect(try backend.migrate() == Self.upToDate)
    #expect(try Self.state(path, in: directory) == Self.upToDate)
    // Idempotent, and it leaves nothing open: the log is gone.
    let files = try Self.files(directory)
    #expect(try backend.migrate() == Self.upToDate)
    #expect(try Self.files(directory) == files)
    #expect(Array(files.keys) == ["a b?c#d%41.db"])
  }

  // The version is in the log alone: a look at the database file finds the older one.
  @Test("is read from the log that a killed process has left", arguments: ["shared", "exclusive"])
  func leftLog(mode: String) throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    try FileManager.default.copyItem(atPath: MigrationTests.golden(1), toPath: path)
    let process = try TestProcess("hold", path, mode)
    process.waitUntilReady()
    try process.goOn()
    _ = process.lines()
    #expect(process.status == SIGKILL)
    let left = try Self.files(directory)
    #expect((left["plans.db-wal"]?.count ?? 0) > 0)
    #expect((left["plans.db-shm"] == nil) == (mode == "exclusive"))
    #expect(try Self.state(path, in: directory) == Self.upToDate)
    let alone = directory.path("alone.db")
    try FileManager.default.copyItem(atPath: path, toPath: alone)
    #expect(try Self.state(alone, in: directory).current == 1)
    // A log without its index.
    if mode == "shared" {
      try FileManager.default.removeItem(atPath: path + "-shm")
      #expect(try Self.state(path, in: directory) == Self.upToDate)
    }
    // The log has lost nothing by it.
    let store = try SQLiteEngineRegistry().open(path, .quick)
    #expect(try store.read { try $0.action(try Fixture.action().name) } != nil)
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  @Test("is read while another process has the store open, unless it has it for itself")
  func openElsewhere() throws {
    let directory = try ScratchDirectory()
    for mode in ["shared", "exclusive"] {
      let path = directory.path("\(mode).db")
      try FileManager.default.copyItem(atPath: MigrationTests.golden(1), toPath: path)
      let process = try TestProcess("hold", path, mode)
      process.waitUntilReady()
      let backend = StorageBackend.sqlite(
        at: path, options: SQLiteOptions(busyTimeout: .milliseconds(50)),
        in: SQLiteEngineRegistry())
      if mode == "shared" {
        #expect(try backend.schema() == Self.upToDate)
      } else {
        expectCode(.busy) { _ = try backend.schema() }
      }
      try process.goOn()
      _ = process.lines()
    }
  }

  // Each way to read it has a moment at which the files that it relies on come or go.
  @Test("is read whole while threads and processes open, migrate and close the store")
  func churn() throws {
    for round in 0..<Rounds.scaled(10) {
      let directory = try ScratchDirectory()
      let path = directory.path("plans.db")
      try FileManager.default.copyItem(atPath: MigrationTests.golden(1), toPath: path)
      let registry = SQLiteEngineRegistry()
      let backend = StorageBackend.sqlite(
        at: path, options: SQLiteOptions(durability: .normal, busyTimeout: .seconds(600)),
        in: registry)
      let processes = try (0..<2).map { _ in try TestProcess("open", path) }
      let results = try race(6) { thread in
        outcome {
          var versions: [Int] = []
          for _ in 0..<20 {
            switch thread % 3 {
            case 0: try backend.open().close()
            case 1: versions.append(try backend.migrate().current)
            default: versions.append(try backend.schema().current)
            }
          }
          return versions
        }
      }
      for process in processes { #expect(process.lines() == ["opened 21"]) }
      for result in results {
        let versions = try result.get()
        let known = 1...Migration.current
        #expect(versions == versions.sorted() && versions.allSatisfy(known.contains), "\(round)")
      }
      #expect(try Self.state(path, in: directory) == Self.upToDate)
      let store = try SQLiteEngineRegistry().open(path)
      #expect(try StoreContents(of: store) == StoreContents(beside: MigrationTests.golden(1)))
      #expect(try store.integrityCheck().isSound)
      try store.close()
    }
  }

  @Test("is that of the open store in this process", arguments: [false, true])
  func openHere(isExclusive: Bool) throws {
    let directory = try ScratchDirectory()
    let options = SQLiteOptions(durability: .normal, exclusive: isExclusive)
    let backend = StorageBackend.sqlite(
      at: directory.path("plans.db"), options: options, in: SQLiteEngineRegistry())
    let store = try #require(try backend.open() as? SQLiteStore)
    #expect(try backend.schema() == Self.upToDate)
    #expect(try store.schema() == Self.upToDate && store.migrate() == Self.upToDate)
    // Inside a unit of work it would wait for itself.
    expectCode(.nestedUnitOfWork) { try store.write { _ in _ = try backend.schema() } }
    _ = try AtomicPairs.action(in: store)
    try store.close()
    expectCode(.closed) { _ = try store.schema() }
    expectCode(.closed) { _ = try store.migrate() }
    #expect(try backend.schema() == Self.upToDate)
  }

  @Test("says that a schema is too new, and refuses what this software has not made")
  func refusals() throws {
    let directory = try ScratchDirectory()
    let path = try SchemaTests.copyOfCurrent(to: directory)
    func change(_ script: String) throws {
      let raw = try SchemaTests.raw(path)
      try raw.runScript(script)
      raw.close()
    }
    try change("PRAGMA user_version = 7")
    let state = try Self.state(path, in: directory)
    #expect(state == SchemaState(current: 7, supported: Migration.current, pending: []))
    #expect(state.isTooNew && !state.isUpToDate)
    let backend = StorageBackend.sqlite(at: path, in: SQLiteEngineRegistry())
    expectCode(.schemaTooNew) { _ = try backend.migrate() }
    try change("PRAGMA user_version = 2; UPDATE migration SET checksum = 'x'")
    expectCode(.corrupt) { _ = try Self.state(path, in: directory) }
    try change("PRAGMA application_id = 7")
    expectCode(.notAStore) { _ = try Self.state(path, in: directory) }
    try Data(String(repeating: "no database ", count: 999).utf8)
      .write(to: URL(fileURLWithPath: path))
    expectCode(.notAStore) { _ = try Self.state(path, in: directory) }
  }

  @Test("is asked of a named database in memory, which exists while it is open")
  func memory() throws {
    let registry = SQLiteEngineRegistry()
    let backend = StorageBackend.sqliteInMemory(named: "schema", in: registry)
    #expect(try backend.schema().current == 0)
    #expect(try backend.migrate() == Self.upToDate)
    // Nobody else had it open.
    #expect(try backend.schema().current == 0)
    let store = try backend.open()
    #expect(try backend.schema() == Self.upToDate)
    #expect(try backend.migrate() == Self.upToDate)
    #expect(try store.read { try $0.counts(in: .all).total } == 0)
    try store.close()
    #expect(try backend.schema().current == 0)
    let other = BackendFactory.make("other:") { throw CancellationError() }
    for nameless in [.sqliteInMemory, other] {
      expectCode(.unsupported) { _ = try nameless.schema() }
      expectCode(.unsupported) { _ = try nameless.migrate() }
    }
    let wrong = StorageBackend.sqliteInMemory(named: "é", in: registry)
    expectCode(.invalidLocation) { _ = try wrong.schema() }
    expectCode(.invalidLocation) { _ = try wrong.migrate() }
  }
}
