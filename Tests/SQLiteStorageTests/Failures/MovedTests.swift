import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import SQLiteStorage

// Protection 21: nothing is acknowledged into a file that is not at its place, and an engine that
// has lost its file never works again.
@Suite("A SQLite store whose files are moved, replaced or deleted")
struct MovedTests {
  /// What somebody does to the files of a store.
  enum Change: CaseIterable {
    case rename, delete, replaceByNothing, replaceByOther, renameDirectory, deleteDirectory
    case deleteLog, replaceLog, deleteIndex

    func apply(to path: String) throws {
      let (files, directory) = (FileManager.default, (path as NSString).deletingLastPathComponent)
      switch self {
      case .rename: #expect(Foundation.rename(path, path + ".old") == 0)
      case .delete: #expect(unlink(path) == 0)
      case .replaceByNothing:
        #expect(unlink(path) == 0)
        #expect(files.createFile(atPath: path, contents: nil))
      case .replaceByOther:
        try files.copyItem(atPath: MigrationTests.golden(Migration.current), toPath: path + ".new")
        #expect(Foundation.rename(path + ".new", path) == 0)
      case .renameDirectory: #expect(Foundation.rename(directory, directory + ".old") == 0)
      case .deleteDirectory: try files.removeItem(atPath: directory)
      case .deleteLog: #expect(unlink(path + "-wal") == 0)
      case .replaceLog:
        #expect(unlink(path + "-wal") == 0)
        #expect(files.createFile(atPath: path + "-wal", contents: Data("theirs".utf8)))
      case .deleteIndex: #expect(unlink(path + "-shm") == 0)
      }
    }
  }

  /// A store in a directory of its own, with one pair in it.
  private struct MovedStoreFixture {
    let outer: ScratchDirectory
    let path: String
    let registry: SQLiteEngineRegistry
    let store: SQLiteStore
    let action: Action

    init(
      _ options: SQLiteOptions, _ change: (inout SQLiteEngine.Probes) -> Void = { _ in }
    ) throws {
      outer = try ScratchDirectory()
      try FileManager.default.createDirectory(
        atPath: outer.path("inner"), withIntermediateDirectories: false)
      path = outer.path("inner") + "/plans.db"
      var probes = SQLiteEngine.Probes()
      probes.lookInterval = 0
      change(&probes)
      registry = SQLiteEngineRegistry(probes: probes)
      store = try registry.open(path, options)
      action = try AtomicPairs.action(in: store)
      try AtomicPairs.store(0, in: store, action)
    }

    func count(_ store: SQLiteStore) throws -> Int {
      try store.read { try $0.counts(in: .all).total }
    }
  }

  /// Every call of a store fails with `moved`.
  private func expectOver(_ fixture: MovedStoreFixture) {
    let store = fixture.store
    expectCode(.moved) { _ = try fixture.count(store) }
    expectCode(.moved) { try AtomicPairs.store(1, in: store, fixture.action) }
    expectCode(.moved) { _ = try store.info() }
    expectCode(.moved) { _ = try store.checkpoint() }
    expectCode(.moved) { _ = try store.integrityCheck() }
    expectCode(.moved) { try store.backup(to: fixture.outer.path("copy.db")) }
    #expect(!FileManager.default.fileExists(atPath: fixture.outer.path("copy.db")))
    let answer = Latch<Result<Void, any Error>>()
    _ = store.submit { _ in
    } completion: {
      answer.open(with: $0)
    }
    expectCode(.moved) { try answer.wait(for: "the answer").get() }
  }

  // Fails without the check of the files before the outcome of the commit is reported.
  @Test("fails with `moved` from the next write on", arguments: Change.allCases)
  func nextWrite(change: Change) throws {
    for options in [SQLiteOptions.standard, .quick] {
      let fixture = try MovedStoreFixture(options)
      try change.apply(to: fixture.path)
      expectCode(.moved) { try AtomicPairs.store(1, in: fixture.store, fixture.action) }
      expectOver(fixture)
      try fixture.store.close()
    }
  }

  @Test("fails with `moved` from the next read on", arguments: Change.allCases)
  func nextRead(change: Change) throws {
    let fixture = try MovedStoreFixture(.quick)
    _ = try fixture.count(fixture.store)
    try change.apply(to: fixture.path)
    expectCode(.moved) { _ = try fixture.count(fixture.store) }
    expectOver(fixture)
    try fixture.store.close()
  }

  @Test(
    "fails with `moved` also when it is open exclusively", arguments: [Change.rename, .replaceLog])
  func exclusive(change: Change) throws {
    let fixture = try MovedStoreFixture(SQLiteOptions(exclusive: true))
    try change.apply(to: fixture.path)
    expectCode(.moved) { _ = try fixture.count(fixture.store) }
    expectOver(fixture)
    try fixture.store.close()
  }

  // Fails when a look that has found the files gone is forgotten by the next one.
  @Test("still fails when the file comes back, and can be opened again", arguments: [true, false])
  func comesBack(isClosedBefore: Bool) throws {
    let fixture = try MovedStoreFixture(.standard)
    for number in 1..<20 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    #expect(rename(fixture.path, fixture.path + ".old") == 0)
    expectCode(.moved) { try AtomicPairs.store(20, in: fixture.store, fixture.action) }
    #expect(rename(fixture.path + ".old", fixture.path) == 0)
    expectOver(fixture)
    if isClosedBefore { try fixture.store.close() }
    let again = try fixture.registry.open(fixture.path)
    // The last one was not acknowledged, but may be there.
    #expect([40, 42].contains(try fixture.count(again)))
    try AtomicPairs.store(21, in: again, fixture.action)
    #expect(try again.integrityCheck().isSound)
    try again.close()
    try fixture.store.close()
  }

  // The lost engine is closed while the file is away, so that it leaves the log as it is. Put the log
  // aside without looking whose it is, and what was acknowledged is gone.
  @Test("keeps what was acknowledged when the file comes back after the engine was closed")
  func comesBackLate() throws {
    let closed = Latch<Void>()
    let fixture = try MovedStoreFixture(.standard) { probes in
      probes.afterClosing = { closed.open(with: ()) }
    }
    for number in 1..<20 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    #expect(rename(fixture.path, fixture.path + ".old") == 0)
    expectCode(.moved) { try AtomicPairs.store(20, in: fixture.store, fixture.action) }
    try closed.wait(for: "the lost engine to close")
    #expect(rename(fixture.path + ".old", fixture.path) == 0)
    let again = try fixture.registry.open(fixture.path)
    #expect([40, 42].contains(try fixture.count(again)))
    #expect(try again.integrityCheck().isSound)
    try again.close()
    try fixture.store.close()
  }

  // A process that opens what is there now knows nothing of the log that was left behind. Put it aside
  // at the next opening of this registry only, and SQLite plays it into the other database.
  @Test("leaves no log beside a database that has taken its place")
  func replacedForOthers() throws {
    let closed = Latch<Void>()
    let fixture = try MovedStoreFixture(.standard) { probes in
      probes.afterClosing = { closed.open(with: ()) }
    }
    for number in 1..<20 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    try Change.replaceByOther.apply(to: fixture.path)
    let expected = try {
      let copy = fixture.outer.path("copy.db")
      try FileManager.default.copyItem(atPath: fixture.path, toPath: copy)
      let other = try SQLiteEngineRegistry().open(copy)
      defer { try? other.close() }
      return try fixture.count(other)
    }()
    expectCode(.moved) { try AtomicPairs.store(20, in: fixture.store, fixture.action) }
    try closed.wait(for: "the lost engine to close")
    let other = try SQLiteEngineRegistry().open(fixture.path)
    #expect(try fixture.count(other) == expected)
    #expect(try other.integrityCheck().isSound)
    try other.close()
    try fixture.store.close()
  }

  // The file is removed during the commit: too late for a check before it.
  @Test("acknowledges no durable commit into a file that was removed before the acknowledgement")
  func whileCommitting() throws {
    let change = Locked<(@Sendable () -> Void)?>(nil)
    let fixture = try MovedStoreFixture(.standard) { probes in
      probes.lookInterval = .max / 2
      probes.hooks.afterCommit = { change.withLock { $0 }?() }
    }
    let path = fixture.path
    change.withLock { $0 = { _ = rename(path, path + ".old") } }
    expectCode(.moved) { try AtomicPairs.store(1, in: fixture.store, fixture.action) }
    change.withLock { $0 = nil }
    expectOver(fixture)
    try fixture.store.close()
  }

  @Test("fails the units of work in its queue as well")
  func queued() throws {
    let fixture = try WriteQueueFixture(lookInterval: 0)
    let outcomes = try fixture.inOneBatch(4) {
      rename(fixture.path, fixture.path + ".old")
    } _: { number in
      try AtomicPairs.store(UInt64(number), in: fixture.store, fixture.action)
    }
    #expect(WriteQueueFixture.codes(outcomes) == [.moved, .moved, .moved, .moved])
    try fixture.store.close()
  }

  // Fails when the registry hands the lost engine out again, and when the old log is left where
  // SQLite takes it for a part of the new database.
  @Test(
    "opens the file that is there now, while the old engine is open and afterwards",
    arguments: [true, false])
  func opensAgain(isNoticed: Bool) throws {
    let fixture = try MovedStoreFixture(.quick) { $0.lookInterval = .max / 2 }
    for number in 1..<40 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    try Change.replaceByOther.apply(to: fixture.path)
    if isNoticed { expectCode(.moved) { _ = try fixture.store.info() } }
    let contents = try StoreContents(beside: MigrationTests.golden(Migration.current))
    let again = try fixture.registry.open(fixture.path, .quick)
    #expect(again.engine !== fixture.store.engine)
    #expect(try StoreContents(of: again) == contents)
    let action = try AtomicPairs.action(in: again)
    try AtomicPairs.store(0, in: again, action)
    expectOver(fixture)
    // The old store is closed beside it: no file of the new one is changed.
    try fixture.store.close()
    try AtomicPairs.store(1, in: again, action)
    #expect(try fixture.count(again) == contents.plans.count + 4)
    #expect(try again.integrityCheck().isSound)
    #expect(try fixture.registry.open(fixture.path, .quick).engine === again.engine)
    try again.close()
    let last = try SQLiteEngineRegistry().open(fixture.path)
    #expect(try fixture.count(last) == contents.plans.count + 4)
    try last.close()
  }

  @Test(
    "opens the file that is there now also when the old store was released before",
    arguments: [0, 40])
  func opensLater(pairs: UInt64) throws {
    let fixture = try MovedStoreFixture(.quick)
    for number in 1..<(pairs + 1) {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    try Change.replaceByOther.apply(to: fixture.path)
    try fixture.store.close()
    let again = try fixture.registry.open(fixture.path, .quick)
    #expect(
      try StoreContents(of: again)
        == StoreContents(beside: MigrationTests.golden(Migration.current)))
    #expect(try again.integrityCheck().isSound)
    try again.close()
  }

  @Test("keeps what was acknowledged: the moved file and its log are the whole store")
  func keepsLog() throws {
    let fixture = try MovedStoreFixture(.quick)
    for number in 1..<20 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    try Change.rename.apply(to: fixture.path)
    let empty = try fixture.registry.open(fixture.path, .quick)
    #expect(try fixture.count(empty) == 0)
    let inner = fixture.outer.path("inner")
    let aside = try FileManager.default.contentsOfDirectory(atPath: inner)
      .filter { $0.hasPrefix("plans.db-moved-") && $0.hasSuffix("-wal") }
    #expect(aside.count == 1)
    #expect(rename("\(inner)/\(aside.first ?? "")", "\(inner)/plans.db.old-wal") == 0)
    // Under its new name, the same file: the lost engine is not handed out for it.
    let moved = try fixture.registry.open("\(inner)/plans.db.old", .quick)
    #expect(try fixture.count(moved) == 40)
    #expect(try moved.integrityCheck().isSound)
    for store in [empty, moved, fixture.store] { try store.close() }
  }

  // Fails when closing copies the log or removes it, as SQLite does by itself.
  @Test("leaves what is at its path alone when it is closed", arguments: [true, false])
  func closing(isReplacedAsAWhole: Bool) throws {
    let fixture = try MovedStoreFixture(.quick) { $0.lookInterval = .max / 2 }
    _ = try fixture.count(fixture.store)
    let suffixes = isReplacedAsAWhole ? ["", "-wal", "-shm"] : ["-wal"]
    for suffix in suffixes {
      unlink(fixture.path + suffix)
      try Data("theirs\(suffix)".utf8).write(to: URL(fileURLWithPath: fixture.path + suffix))
    }
    try fixture.store.close()
    for suffix in suffixes {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.path + suffix))
      #expect(bytes == Data("theirs\(suffix)".utf8), "\(suffix)")
    }
  }

  // Readers are opened by path when they are needed: another file may be there by then.
  @Test("never reads another file than it writes", arguments: [Change.replaceByOther, .replaceLog])
  func laterReader(change: Change) throws {
    let fixture = try MovedStoreFixture(.quick) { $0.lookInterval = .max / 2 }
    #expect(try fixture.store.info().openReaders == 0)
    try change.apply(to: fixture.path)
    expectCode(.moved) { _ = try fixture.count(fixture.store) }
    expectOver(fixture)
    try fixture.store.close()
  }

  @Test("makes no copy of a file that is replaced meanwhile")
  func backup() throws {
    let fixture = try MovedStoreFixture(.quick) { $0.lookInterval = .max / 2 }
    let (path, copy) = (fixture.path, fixture.outer.path("copy.db"))
    expectCode(.moved) {
      try fixture.store.backup(to: copy) { _, _ in _ = rename(path, path + ".old") }
    }
    #expect(!FileManager.default.fileExists(atPath: copy))
    expectOver(fixture)
    try fixture.store.close()
  }
}
