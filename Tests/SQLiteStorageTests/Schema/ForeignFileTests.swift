import CSQLite
import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Opening sets WAL mode for good and copies a log that was left: of a file that is refused, both
// would be changes of another program's data.
@Suite("A file that is not a store of this version", .dedicatedThread)
struct ForeignFileTests {
  /// What is beside the database when it is opened.
  enum Companions: CaseIterable {
    case none
    /// The database is in WAL mode, without a log.
    case walMode
    /// A process has left a log and its index.
    case log
    /// The same, but the index is missing.
    case logAlone
  }

  private static let foreign = "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"

  /// Changes the file with a connection of another program's, and leaves its companions.
  private static func change(_ path: String, _ script: String, _ companions: Companions) throws {
    let raw = try SchemaTests.raw(path)
    defer { raw.close() }
    if companions == .none {
      try raw.runScript("PRAGMA journal_mode = DELETE; \(script)")
      return
    }
    try raw.runScript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; \(script)")
    if companions != .walMode { raw.leaveLog() }
  }

  private static func expectUntouched(
    _ path: String, in directory: ScratchDirectory, _ code: StorageError.Code,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try SchemaStateTests.files(directory)
    for exclusive in [false, true] {
      let options = SQLiteOptions(exclusive: exclusive, busyTimeout: .milliseconds(50))
      let backend = StorageBackend.sqlite(at: path, options: options, in: SQLiteEngineRegistry())
      expectCode(code, sourceLocation: sourceLocation) { try backend.open().close() }
      expectCode(code, sourceLocation: sourceLocation) { try backend.openExisting().close() }
      expectCode(code, sourceLocation: sourceLocation) { _ = try backend.migrate() }
    }
    #expect(try SchemaStateTests.files(directory) == before, sourceLocation: sourceLocation)
  }

  @Test(
    "is refused without a change of one byte when another program made it",
    arguments: Companions.allCases)
  func foreign(companions: Companions) throws {
    let directory = try ScratchDirectory()
    let path = directory.path("other.db")
    try Self.change(path, Self.foreign, companions)
    if companions == .logAlone { try FileManager.default.removeItem(atPath: path + "-shm") }
    #expect(
      FileManager.default.fileExists(atPath: path + "-wal")
        == [.log, .logAlone].contains(companions))
    try Self.expectUntouched(path, in: directory, .notAStore)
  }

  @Test(
    "is refused without a change of one byte when a newer version made it",
    arguments: Companions.allCases)
  func newer(companions: Companions) throws {
    let directory = try ScratchDirectory()
    let path = try SchemaTests.copyOfCurrent(to: directory)
    try Self.change(path, "PRAGMA user_version = 99", companions)
    if companions == .logAlone { try FileManager.default.removeItem(atPath: path + "-shm") }
    try Self.expectUntouched(path, in: directory, .schemaTooNew)
  }

  // Between the look at an empty file and its first change, another program can make its database.
  @Test("is refused when another program uses an empty file first")
  func claimedByOthers() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("other.db")
    let ours = try SchemaTests.raw(path)
    defer { ours.close() }
    try Self.change(path, Self.foreign, .none)
    let before = try SchemaStateTests.files(directory)
    expectCode(.notAStore) { try Migrator(ours).claim() }
    #expect(try SchemaStateTests.files(directory) == before)
    let (second, theirs) = (directory.path("second.db"), try SchemaTests.raw(directory.path("x")))
    defer { theirs.close() }
    let mine = try SchemaTests.raw(second)
    try Migrator(mine).claim()
    try Migrator(mine).claim()
    #expect(try mine.number("PRAGMA application_id") == Migration.applicationID)
    mine.close()
    #expect(try StorageBackend.sqlite(at: second).schema().current == 0)
    #expect(try SQLiteEngineRegistry().migrate(second).isUpToDate)
  }

  /// The first bytes of a journal of a database that had this many pages.
  private static func journal(pagesBefore: UInt32) -> Data {
    var bytes: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7, 0, 0, 0, 1, 0, 0, 0, 0]
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(pagesBefore >> shift & 0xFF)) }
    return Data(bytes + [0, 0, 2, 0, 0, 0, 0x10, 0]) + Data(count: 512)
  }

  // SQLite would undo the change, or delete a file of that name that is no journal.
  @Test("is refused while a journal beside it is needed to undo a change")
  func interrupted() throws {
    let directory = try ScratchDirectory()
    let path = try SchemaTests.copyOfCurrent(to: directory)
    let journal = URL(fileURLWithPath: path + "-journal")
    for content in [Self.journal(pagesBefore: 40), Data("notes of somebody".utf8)] {
      try content.write(to: journal)
      try Self.expectUntouched(path, in: directory, .cannotOpen)
      let before = try SchemaStateTests.files(directory)
      let backend = StorageBackend.sqlite(
        at: path, options: SQLiteOptions(busyTimeout: .zero), in: SQLiteEngineRegistry())
      #expect {
        _ = try backend.schema()
      } throws: { error in
        (error as? StorageError)?.code == .cannotOpen && "\(error)".contains("golden.db-journal")
      }
      #expect(try SchemaStateTests.files(directory) == before)
    }
    // A journal whose transaction has ended, and that of a file that was empty before.
    try Data(count: 512).write(to: journal)
    #expect(try StorageBackend.sqlite(at: path).schema().isUpToDate)
    // Journals whose header is incomplete: the database was not changed.
    for count in [1, 7, 8, 27] {
      try Self.journal(pagesBefore: 40).prefix(count).write(to: journal)
      #expect(try StorageBackend.sqlite(at: path).schema().isUpToDate)
    }
    for count in 1..<8 {
      let rest = Data(count: 12 - count) + Self.journal(pagesBefore: 40).dropFirst(12)
      try (Self.journal(pagesBefore: 40).prefix(count) + rest).write(to: journal)
      #expect(try StorageBackend.sqlite(at: path).schema().isUpToDate)
    }
    try (Data([0xD9, 0xD5, 0]) + Data("notes".utf8)).write(to: journal)
    try Self.expectUntouched(path, in: directory, .cannotOpen)
    try FileManager.default.removeItem(at: journal)
    let new = directory.path("new.db")
    try Data(count: 4_096).write(to: URL(fileURLWithPath: new))
    try Self.journal(pagesBefore: 0).write(to: URL(fileURLWithPath: new + "-journal"))
    #expect(try StorageBackend.sqlite(at: new).schema().current == 0)
  }

  @Test("is not opened under a name that SQLite gives to files beside a database")
  func companionNames() throws {
    let directory = try ScratchDirectory()
    for suffix in ["-journal", "-wal", "-shm"] {
      let path = directory.path("plans.db" + suffix)
      #expect {
        try SQLiteEngineRegistry().open(path).close()
      } throws: { error in
        (error as? StorageError)?.code == .invalidLocation
          && "\(error)".contains("end in \(suffix)")
      }
    }
    #expect(try SchemaStateTests.files(directory).isEmpty)
  }
}
