import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("Resuming a SQLite store", .dedicatedThread)
struct ResumptionTests {
  typealias SuspensionFixture = SuspensionTests.SuspensionFixture

  /// What another program does to the files of a suspended store.
  enum Change: CaseIterable {
    case rename, delete, replace, deleteAll, truncate

    /// Whether a file is at the path afterwards.
    var leavesFile: Bool { self == .replace || self == .truncate }

    func apply(to path: String) throws {
      switch self {
      case .rename: #expect(Foundation.rename(path, path + ".old") == 0)
      case .delete: #expect(unlink(path) == 0)
      case .replace:
        try FileManager.default.copyItem(
          atPath: MigrationTests.golden(Migration.current), toPath: path + ".new")
        #expect(Foundation.rename(path + ".new", path) == 0)
      case .truncate: #expect(Foundation.truncate(path, 0) == 0)
      case .deleteAll: for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
      }
    }
  }

  @Test(
    "throws `moved` when the file is no longer there or not whole, and creates none",
    arguments: Change.allCases)
  func moved(change: Change) throws {
    let closed = Latch<Void>()
    let fixture = try SuspensionFixture { probes in
      probes.afterClosing = { closed.open(with: ()) }
    }
    try fixture.store.suspend(.wait, within: TimeoutError.limit)
    try change.apply(to: fixture.path)
    expectCode(.moved) { try fixture.store.resume() }
    // Calls that waited must not wait for ever.
    #expect(!fixture.store.suspension.isSuspended)
    expectCode(.moved) { _ = try fixture.count() }
    expectCode(.moved) { try AtomicPairs.store(1, in: fixture.store, fixture.action) }
    expectCode(.moved) { try fixture.store.suspend(.fail, within: TimeoutError.limit) }
    try closed.wait(for: "the engine to close")
    #expect(FileManager.default.fileExists(atPath: fixture.path) == change.leavesFile)
    try fixture.expectNothingHeld()
    // What is there now is opened, without the log of the lost database.
    let again = try fixture.registry.open(fixture.path, .quick)
    #expect(try again.integrityCheck().isSound)
    if change != .replace { #expect(try fixture.count(again) == 0) }
    try again.close()
    try fixture.store.close()
  }

  // Leave the log beside the file, and what is only in it goes with it.
  @Test(
    "finds everything in the file alone, because the suspension has copied the log",
    arguments: [SQLiteOptions.standard, .quick, SQLiteOptions(exclusive: true)])
  func withoutLog(options: SQLiteOptions) throws {
    let fixture = try SuspensionFixture(options)
    for round in 1..<4 as Range<UInt64> {
      try fixture.store.suspend(.fail, within: TimeoutError.limit)
      for suffix in ["-wal", "-shm"] {
        #expect(!FileManager.default.fileExists(atPath: fixture.path + suffix))
      }
      let copy = fixture.directory.path("copy-\(round).db")
      try FileManager.default.copyItem(atPath: fixture.path, toPath: copy)
      let other = try SQLiteEngineRegistry().open(copy)
      #expect(try fixture.count(other) == 2 * Int(round))
      try other.close()
      try fixture.store.resume()
      try AtomicPairs.store(round, in: fixture.store, fixture.action)
    }
    #expect(try fixture.count() == 8)
    try fixture.store.close()
  }

  @Test("finds everything in the log when the suspension had no time to copy it")
  func withLog() throws {
    let fixture = try SuspensionFixture()
    try fixture.suspend(within: .zero)
    #expect(FileManager.default.fileExists(atPath: fixture.path + "-wal"))
    try fixture.resume()
    #expect(try fixture.count() == 2)
    try fixture.store.close()
  }

  // Check the files only before the connection is opened again, and this writes into another file.
  @Test("throws `moved` when the file is replaced while it is opened")
  func movedMeanwhile() throws {
    let change = Locked<(@Sendable () throws -> Void)?>(nil)
    let fixture = try SuspensionFixture { probes in
      probes.afterReopening = { try change.withLock { $0 }?() }
    }
    let path = fixture.path
    change.withLock { $0 = { try Change.replace.apply(to: path) } }
    try fixture.store.suspend(.fail, within: TimeoutError.limit)
    expectCode(.moved) { try fixture.store.resume() }
    expectCode(.moved) { _ = try fixture.count() }
    try fixture.store.close()
    try fixture.expectNothingHeld()
  }

  @Test("stays suspended after `busy`, and succeeds once the file is free")
  func busy() throws {
    let fixture = try SuspensionFixture(SQLiteOptions(durability: .normal, busyTimeout: .zero))
    try fixture.store.suspend(.fail, within: TimeoutError.limit)
    let other = try SchemaTests.raw(fixture.path)
    try other.runScript("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT")
    expectCode(.busy) { try fixture.store.resume() }
    expectCode(.suspended) { _ = try fixture.count() }
    other.close()
    try fixture.expectNothingHeld()
    try fixture.store.resume()
    #expect(try fixture.count() == 2)
    try fixture.store.close()
  }

  @Test("throws `schemaTooNew` after a newer version has migrated the file")
  func schemaTooNew() throws {
    let fixture = try SuspensionFixture()
    try fixture.store.suspend(.fail, within: TimeoutError.limit)
    let other = try SchemaTests.raw(fixture.path)
    try other.runScript("PRAGMA user_version = 999")
    other.close()
    expectCode(.schemaTooNew) { try fixture.store.resume() }
    expectCode(.schemaTooNew) { _ = try fixture.count() }
    try fixture.store.close()
  }

  // Without a pause of the checks of the files, the calls meanwhile take the log for a lost one.
  @Test("succeeds after another process has used the file and removed its log")
  func otherProcess() throws {
    let fixture = try SuspensionFixture(.standard) { $0.lookInterval = 0 }
    for round in 1..<5 as Range<UInt64> {
      try fixture.store.suspend(.fail, within: TimeoutError.limit)
      let other = try SQLiteEngineRegistry().open(fixture.path)
      try AtomicPairs.store(2 * round, in: other, fixture.action)
      try other.close()
      #expect(!FileManager.default.fileExists(atPath: fixture.path + "-wal"))
      expectCode(.suspended) { _ = try fixture.count() }
      let second = try fixture.registry.open(fixture.path)
      expectCode(.suspended) { _ = try fixture.count(second) }
      try second.close()
      try fixture.store.resume()
      try AtomicPairs.store(2 * round + 1, in: fixture.store, fixture.action)
      #expect(try fixture.count() == 2 + 4 * Int(round))
      // The files are checked as before.
      #expect(fixture.store.engine.isTerminated() == false)
    }
    unlink(fixture.path + "-wal")
    expectCode(.moved) { try AtomicPairs.store(99, in: fixture.store, fixture.action) }
    try fixture.store.close()
  }

  @Test("leaves nothing of the caches of before, which another process has made stale")
  func staleCaches() throws {
    let fixture = try SuspensionFixture()
    let id = Plan.ID(ULID(high: 1, low: 0))
    #expect(try fixture.store.write { try $0.plan(id) } != nil)
    try fixture.store.suspend(.fail, within: TimeoutError.limit)
    let other = try SQLiteEngineRegistry().open(fixture.path)
    _ = try other.write { try $0.removeTree(id) }
    try other.close()
    try fixture.store.resume()
    #expect(try fixture.store.write { try $0.plan(id) } == nil)
    #expect(try fixture.count() == 1)
    try fixture.store.close()
  }
}
