import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A backup that is restored", .dedicatedThread)
struct RestoreTests {
  private static func restore(
    _ path: String, from backup: String, replacing: Bool = false,
    in registry: SQLiteEngineRegistry = SQLiteEngineRegistry()
  ) throws {
    try StorageBackend.sqlite(
      at: path, options: SQLiteOptions(busyTimeout: .milliseconds(50)), in: registry
    ).restore(from: backup, replacing: replacing) { _, _ in }
  }

  private static func plans(_ path: String) throws -> Int {
    let store = try SQLiteEngineRegistry().open(path)
    defer { try? store.close() }
    return try store.read { try $0.counts(in: .all).total }
  }

  @Test(
    "takes the place of a store, with whatever log that has, and stays as it is itself",
    arguments: ReadOnlyTests.Companions.allCases)
  func replacing(companions: ReadOnlyTests.Companions) throws {
    let (directory, source) = (try ScratchDirectory(), try ScratchDirectory())
    let path = try ReadOnlyTests.store(companions, in: directory)
    let backup = source.path("backup.db")
    try SQLiteEngineRegistry().open(backup).close()
    let before = try ReadOnlyTests.states(source)
    #expect(try Self.plans(path) > 0)
    expectCode(.invalidLocation) { try Self.restore(path, from: backup) }
    try Self.restore(path, from: backup, replacing: true)
    #expect(try Self.plans(path) == 0)
    #expect(try ReadOnlyTests.states(source) == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    #expect(names == [URL(fileURLWithPath: path).lastPathComponent])
  }

  @Test("comes to a place where nothing is, also with an older schema, which opening migrates")
  func fresh() throws {
    let directory = try ScratchDirectory()
    let backup = try SchemaTests.copy("schema-3-filled", to: directory)
    let path = directory.path("plans.db")
    try Self.restore(path, from: backup)
    #expect(try Self.plans(path) > 0)
  }

  @Test("does not replace a store that this process or another one has open")
  func open() throws {
    let (directory, source) = (try ScratchDirectory(), try ScratchDirectory())
    let path = try ReadOnlyTests.store(.none, in: directory)
    let backup = try SchemaTests.copyOfCurrent(to: source)
    let registry = SQLiteEngineRegistry()
    let store = try registry.open(path)
    _ = try store.read { try $0.counts(in: .all) }
    expectCode(.busy) { try Self.restore(path, from: backup, replacing: true, in: registry) }
    try store.close()
    let other = try TestProcess("hold", path)
    other.waitUntilReady()
    let before = try ReadOnlyTests.states(directory).mapValues(\.data)
    expectCode(.busy) { try Self.restore(path, from: backup, replacing: true) }
    #expect(try ReadOnlyTests.states(directory).mapValues(\.data) == before)
    try other.goOn()
    _ = other.lines()
    try Self.restore(path, from: backup, replacing: true)
  }

  @Test("is refused before anything changes when it is damaged, or no store, or the store itself")
  func refused() throws {
    let (directory, source) = (try ScratchDirectory(), try ScratchDirectory())
    let path = try ReadOnlyTests.store(.none, in: directory)
    let before = try ReadOnlyTests.states(directory)
    let text = source.path("text.db")
    try Data("no database at all, however long it may be\n".utf8).write(
      to: URL(fileURLWithPath: text))
    let damaged = try SchemaTests.copyOfCurrent(to: source)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: damaged))
    for page in 4..<(bytes.count / 4_096) { bytes[page * 4_096] ^= 0xFF }
    try bytes.write(to: URL(fileURLWithPath: damaged))
    expectCode(.notAStore) { try Self.restore(path, from: text, replacing: true) }
    expectCode(.cannotOpen) {
      try Self.restore(path, from: source.path("none.db"), replacing: true)
    }
    expectCode(.corrupt) { try Self.restore(path, from: damaged, replacing: true) }
    expectCode(.invalidLocation) { try Self.restore(path, from: path, replacing: true) }
    #expect(try ReadOnlyTests.states(directory) == before)
    // A file of somebody else is not replaced, a damaged store is.
    expectCode(.notAStore) { try Self.restore(text, from: path, replacing: true) }
    try Self.restore(damaged, from: path, replacing: true)
    #expect(try Self.plans(damaged) > 0)
  }
}
