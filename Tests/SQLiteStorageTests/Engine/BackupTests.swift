import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A backup of a SQLite store", .dedicatedThread)
struct BackupTests {
  private static func filled(
    _ directory: ScratchDirectory, options: SQLiteOptions = .quick
  ) throws -> SQLiteStore {
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), options)
    let action = try AtomicPairs.action(in: store)
    for number in 0..<50 as Range<UInt64> { try AtomicPairs.store(number, in: store, action) }
    return store
  }

  // A copy under its own name from the beginning would be opened as an empty store.
  @Test("leaves nothing at its path when the process is killed during it")
  func killed() throws {
    let (directory, target) = (try ScratchDirectory(), try ScratchDirectory())
    try Self.filled(directory).close()
    for round in 1...2 {
      let process = try TestProcess("backup", directory.path("plans.db"), target.path("copy.db"))
      _ = process.lines()
      #expect(process.status == SIGKILL)
      let names = (1...round).map { "planwright-backup-\($0).partial" }
      #expect(try SchemaStateTests.files(target).keys.sorted() == names)
    }
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    try store.backup(to: target.path("copy.db"))
    try store.close()
    let copy = try SQLiteEngineRegistry().open(target.path("copy.db"), .quick)
    #expect(try copy.integrityCheck().isSound)
    #expect(try copy.read { try $0.counts(in: .all).total } == 100)
    try copy.close()
  }

  @Test("follows symbolic links to its directory, and is not written through one at its path")
  func links() throws {
    let directory = try ScratchDirectory()
    let store = try Self.filled(directory)
    defer { try? store.close() }
    try FileManager.default.createDirectory(
      atPath: directory.path("real"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("link"), withDestinationPath: directory.path("real"))
    try store.backup(to: directory.path("link/copy.db"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path("real")) == ["copy.db"])
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("real/dangling"), withDestinationPath: directory.path("nothing"))
    expectCode(.invalidLocation) { try store.backup(to: directory.path("real/dangling")) }
    #expect(!FileManager.default.fileExists(atPath: directory.path("nothing")))
  }

  @Test("is refused, and changes nothing, at a path that is in use, and says what to do")
  func refusals() throws {
    let directory = try ScratchDirectory()
    let store = try Self.filled(directory)
    defer { try? store.close() }
    for suffix in ["-journal", "-wal", "-shm"] {
      try Data("precious".utf8).write(
        to: URL(fileURLWithPath: directory.path("c\(suffix).db\(suffix)")))
    }
    let before = try SchemaStateTests.files(directory)
    let paths = [
      "plans.db", "c-journal.db", "c-wal.db", "c-shm.db", "plans.db-journal", "plans.db-wal",
      "plans.db-shm", "new.db-journal", "a\0b.db", "", ".",
    ].map { $0.isEmpty ? "" : directory.url.path + "/" + $0 }
    for path in paths {
      #expect {
        try store.backup(to: path)
      } throws: { error in
        let text = "\(error)"
        return (error as? StorageError)?.code == .invalidLocation
          && text.contains("choose another path") && text.contains("writing a backup at")
      }
    }
    #expect {
      try store.backup(to: directory.path("missing/copy.db"))
    } throws: { error in
      (error as? StorageError)?.code == .cannotOpen
        && "\(error)".contains("check that its directory may be written")
    }
    #expect(try SchemaStateTests.files(directory) == before)
  }

  @Test(
    "refuses calls of the store inside `progress`, which would wait for the backup",
    arguments: [SQLiteOptions.quick, SQLiteOptions(durability: .normal, exclusive: true)])
  func progress(options: SQLiteOptions) throws {
    let directory = try ScratchDirectory()
    let store = try Self.filled(directory, options: options)
    let codes = Locked([String?]())
    try store.backup(to: directory.path("copy.db")) { _, _ in
      let found = [
        errorCode { try store.close() }, errorCode { try store.write { _ in } },
        errorCode { try store.read { _ in } }, errorCode { _ = try store.integrityCheck() },
      ]
      codes.withLock { $0 += found }
    }
    #expect(!codes.withLock { $0 }.isEmpty)
    #expect(codes.withLock { $0 }.allSatisfy { $0 == "nestedUnitOfWork" })
    #expect(try store.read { try $0.counts(in: .all).total } == 100)
    try store.close()
  }

  @Test("ends with the error of `progress`, and leaves no file")
  func failingProgress() throws {
    struct Stop: Error {}
    let directory = try ScratchDirectory()
    let store = try Self.filled(directory)
    defer { try? store.close() }
    let before = try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted()
    #expect(throws: Stop.self) {
      try store.backup(to: directory.path("copy.db")) { _, _ in throw Stop() }
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.url.path).sorted() == before)
  }
}
