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
  private struct Scene {
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
      action = try Pairs.action(in: store)
      try Pairs.store(0, in: store, action)
    }

    func count(_ store: SQLiteStore) throws -> Int {
      try store.read { try $0.counts(in: .all).total }
    }
  }

  /// Every call of a store fails with `moved`.
  private func expectOver(_ scene: Scene) {
    let store = scene.store
    expectCode(.moved) { _ = try scene.count(store) }
    expectCode(.moved) { try Pairs.store(1, in: store, scene.action) }
    expectCode(.moved) { _ = try store.info() }
    expectCode(.moved) { _ = try store.checkpoint() }
    expectCode(.moved) { _ = try store.integrityCheck() }
    expectCode(.moved) { try store.backup(to: scene.outer.path("copy.db")) }
    #expect(!FileManager.default.fileExists(atPath: scene.outer.path("copy.db")))
    let answer = Latch<Result<Void, any Error>>()
    _ = store.submit { _ in
    } completion: {
      answer.open(with: $0)
    }
    expectCode(.moved) { try answer.wait(for: "the answer").get() }
  }

  // Fails when the look before the commit's outcome is told is left out.
  @Test("is over at the next write, for every call from then on", arguments: Change.allCases)
  func nextWrite(change: Change) throws {
    for options in [SQLiteOptions.standard, .quick] {
      let scene = try Scene(options)
      try change.apply(to: scene.path)
      expectCode(.moved) { try Pairs.store(1, in: scene.store, scene.action) }
      expectOver(scene)
      try scene.store.close()
    }
  }

  @Test("is over at the next read, for every call from then on", arguments: Change.allCases)
  func nextRead(change: Change) throws {
    let scene = try Scene(.quick)
    _ = try scene.count(scene.store)
    try change.apply(to: scene.path)
    expectCode(.moved) { _ = try scene.count(scene.store) }
    expectOver(scene)
    try scene.store.close()
  }

  @Test(
    "is over also where the process has it for itself", arguments: [Change.rename, .replaceLog])
  func exclusive(change: Change) throws {
    let scene = try Scene(SQLiteOptions(exclusive: true))
    try change.apply(to: scene.path)
    expectCode(.moved) { _ = try scene.count(scene.store) }
    expectOver(scene)
    try scene.store.close()
  }

  // Fails when a look that has found the files gone is forgotten by the next one.
  @Test("stays over when the file comes back, and opens it again", arguments: [true, false])
  func comesBack(isClosedBefore: Bool) throws {
    let scene = try Scene(.standard)
    for number in 1..<20 as Range<UInt64> {
      try Pairs.store(number, in: scene.store, scene.action)
    }
    #expect(rename(scene.path, scene.path + ".old") == 0)
    expectCode(.moved) { try Pairs.store(20, in: scene.store, scene.action) }
    #expect(rename(scene.path + ".old", scene.path) == 0)
    expectOver(scene)
    if isClosedBefore { try scene.store.close() }
    let again = try scene.registry.open(scene.path)
    // The last one was not acknowledged, but may be there.
    #expect([40, 42].contains(try scene.count(again)))
    try Pairs.store(21, in: again, scene.action)
    #expect(try again.integrityCheck().isEmpty)
    try again.close()
    try scene.store.close()
  }

  // The lost engine is closed while the file is away, so that it leaves the log as it is. Put the log
  // aside without looking whose it is, and what was acknowledged is gone.
  @Test("keeps what was acknowledged when the file comes back after the engine was closed")
  func comesBackLate() throws {
    let closed = Latch<Void>()
    let scene = try Scene(.standard) { probes in
      probes.afterClosing = { closed.open(with: ()) }
    }
    for number in 1..<20 as Range<UInt64> {
      try Pairs.store(number, in: scene.store, scene.action)
    }
    #expect(rename(scene.path, scene.path + ".old") == 0)
    expectCode(.moved) { try Pairs.store(20, in: scene.store, scene.action) }
    try closed.wait(for: "the lost engine to close")
    #expect(rename(scene.path + ".old", scene.path) == 0)
    let again = try scene.registry.open(scene.path)
    #expect([40, 42].contains(try scene.count(again)))
    #expect(try again.integrityCheck().isEmpty)
    try again.close()
    try scene.store.close()
  }

  // A process that opens what is there now knows nothing of the log that was left behind. Put it aside
  // at the next opening of this registry only, and SQLite plays it into the other database.
  @Test("leaves no log beside a database that has taken its place")
  func replacedForOthers() throws {
    let closed = Latch<Void>()
    let scene = try Scene(.standard) { probes in
      probes.afterClosing = { closed.open(with: ()) }
    }
    for number in 1..<20 as Range<UInt64> {
      try Pairs.store(number, in: scene.store, scene.action)
    }
    try Change.replaceByOther.apply(to: scene.path)
    let expected = try {
      let copy = scene.outer.path("copy.db")
      try FileManager.default.copyItem(atPath: scene.path, toPath: copy)
      let other = try SQLiteEngineRegistry().open(copy)
      defer { try? other.close() }
      return try scene.count(other)
    }()
    expectCode(.moved) { try Pairs.store(20, in: scene.store, scene.action) }
    try closed.wait(for: "the lost engine to close")
    let other = try SQLiteEngineRegistry().open(scene.path)
    #expect(try scene.count(other) == expected)
    #expect(try other.integrityCheck().isEmpty)
    try other.close()
    try scene.store.close()
  }

  // The file goes while the commit is under way: too late for any look before it.
  @Test("acknowledges no durable commit into a file that went before it was told")
  func whileCommitting() throws {
    let change = Locked<(@Sendable () -> Void)?>(nil)
    let scene = try Scene(.standard) { probes in
      probes.lookInterval = .max / 2
      probes.hooks.afterCommit = { change.withLock { $0 }?() }
    }
    let path = scene.path
    change.withLock { $0 = { _ = rename(path, path + ".old") } }
    expectCode(.moved) { try Pairs.store(1, in: scene.store, scene.action) }
    change.withLock { $0 = nil }
    expectOver(scene)
    try scene.store.close()
  }

  @Test("fails what waits in its queue as well")
  func queued() throws {
    let fixture = try WriteQueueFixture(lookInterval: 0)
    let outcomes = try fixture.inOneBatch(4) {
      rename(fixture.path, fixture.path + ".old")
    } _: { number in
      try Pairs.store(UInt64(number), in: fixture.store, fixture.action)
    }
    #expect(WriteQueueFixture.codes(outcomes) == [.moved, .moved, .moved, .moved])
    try fixture.store.close()
  }

  // Fails when the registry hands the lost engine out again, and when the old log is left where
  // SQLite takes it for a part of the new database.
  @Test(
    "opens what is there now, while the old one is open and after it", arguments: [true, false])
  func opensAgain(isNoticed: Bool) throws {
    let scene = try Scene(.quick) { $0.lookInterval = .max / 2 }
    for number in 1..<40 as Range<UInt64> {
      try Pairs.store(number, in: scene.store, scene.action)
    }
    try Change.replaceByOther.apply(to: scene.path)
    if isNoticed { expectCode(.moved) { _ = try scene.store.info() } }
    let contents = try StoreContents(beside: MigrationTests.golden(Migration.current))
    let again = try scene.registry.open(scene.path, .quick)
    #expect(again.engine !== scene.store.engine)
    #expect(try StoreContents(of: again) == contents)
    let action = try Pairs.action(in: again)
    try Pairs.store(0, in: again, action)
    expectOver(scene)
    // The old one is let go of beside it: nothing of the new one is touched.
    try scene.store.close()
    try Pairs.store(1, in: again, action)
    #expect(try scene.count(again) == contents.plans.count + 4)
    #expect(try again.integrityCheck().isEmpty)
    #expect(try scene.registry.open(scene.path, .quick).engine === again.engine)
    try again.close()
    let last = try SQLiteEngineRegistry().open(scene.path)
    #expect(try scene.count(last) == contents.plans.count + 4)
    try last.close()
  }

  @Test("opens what is there now also when the old one was let go of before", arguments: [0, 40])
  func opensLater(pairs: UInt64) throws {
    let scene = try Scene(.quick)
    for number in 1..<(pairs + 1) { try Pairs.store(number, in: scene.store, scene.action) }
    try Change.replaceByOther.apply(to: scene.path)
    try scene.store.close()
    let again = try scene.registry.open(scene.path, .quick)
    #expect(
      try StoreContents(of: again)
        == StoreContents(beside: MigrationTests.golden(Migration.current)))
    #expect(try again.integrityCheck().isEmpty)
    try again.close()
  }

  @Test("keeps what was acknowledged: the moved file and its log are the whole store")
  func keepsLog() throws {
    let scene = try Scene(.quick)
    for number in 1..<20 as Range<UInt64> {
      try Pairs.store(number, in: scene.store, scene.action)
    }
    try Change.rename.apply(to: scene.path)
    let empty = try scene.registry.open(scene.path, .quick)
    #expect(try scene.count(empty) == 0)
    let inner = scene.outer.path("inner")
    let aside = try FileManager.default.contentsOfDirectory(atPath: inner)
      .filter { $0.hasPrefix("plans.db-moved-") && $0.hasSuffix("-wal") }
    #expect(aside.count == 1)
    #expect(rename("\(inner)/\(aside.first ?? "")", "\(inner)/plans.db.old-wal") == 0)
    // Under its new name, the same file: the lost engine is not handed out for it.
    let moved = try scene.registry.open("\(inner)/plans.db.old", .quick)
    #expect(try scene.count(moved) == 40)
    #expect(try moved.integrityCheck().isEmpty)
    for store in [empty, moved, scene.store] { try store.close() }
  }

  // Fails when closing copies the log or removes it, as SQLite does by itself.
  @Test("leaves what is at its path alone when it is closed", arguments: [true, false])
  func closing(isReplacedAsAWhole: Bool) throws {
    let scene = try Scene(.quick) { $0.lookInterval = .max / 2 }
    _ = try scene.count(scene.store)
    let suffixes = isReplacedAsAWhole ? ["", "-wal", "-shm"] : ["-wal"]
    for suffix in suffixes {
      unlink(scene.path + suffix)
      try Data("theirs\(suffix)".utf8).write(to: URL(fileURLWithPath: scene.path + suffix))
    }
    try scene.store.close()
    for suffix in suffixes {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: scene.path + suffix))
      #expect(bytes == Data("theirs\(suffix)".utf8), "\(suffix)")
    }
  }

  // Readers are opened by path when they are needed: another file may be there by then.
  @Test("never reads another file than it writes", arguments: [Change.replaceByOther, .replaceLog])
  func laterReader(change: Change) throws {
    let scene = try Scene(.quick) { $0.lookInterval = .max / 2 }
    #expect(try scene.store.info().openReaders == 0)
    try change.apply(to: scene.path)
    expectCode(.moved) { _ = try scene.count(scene.store) }
    expectOver(scene)
    try scene.store.close()
  }

  @Test("makes no copy of a file that is replaced meanwhile")
  func backup() throws {
    let scene = try Scene(.quick) { $0.lookInterval = .max / 2 }
    let (path, copy) = (scene.path, scene.outer.path("copy.db"))
    expectCode(.moved) {
      try scene.store.backup(to: copy) { _, _ in _ = rename(path, path + ".old") }
    }
    #expect(!FileManager.default.fileExists(atPath: copy))
    expectOver(scene)
    try scene.store.close()
  }
}
