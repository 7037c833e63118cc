import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A store that is opened for reading only", .dedicatedThread)
struct ReadOnlyTests {
  /// What is beside the database.
  enum Companions: CaseIterable {
    case none
    /// A process was killed.
    case log
    /// The same, but the index is missing, as in a copy.
    case logAlone
  }

  /// A file as it was at one time.
  struct State: Equatable {
    let data: Data
    let times: [Int]
    let inode: UInt64
  }

  /// Every file of the folder, and the folder itself.
  static func states(_ directory: ScratchDirectory) throws -> [String: State] {
    var states: [String: State] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.url.path) + ["."] {
      let path = directory.path(name)
      var status = stat()
      #expect(lstat(path, &status) == 0)
      // SQLite gives a log and its index to the owner of the database when root opens them: their
      // inodes count as changed, even if they had that owner.
      let isCompanion = name.hasSuffix("-wal") || name.hasSuffix("-shm")
      let changes = isCompanion ? [status.st_mtim] : [status.st_mtim, status.st_ctim]
      let times = changes.flatMap { [$0.tv_sec, $0.tv_nsec] }
      let data = name == "." ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
      states[name] = State(data: data, times: times, inode: UInt64(status.st_ino))
    }
    return states
  }

  /// A store whose plans were created by `somebody`, as only its log says, if it has one.
  static func store(_ companions: Companions, in directory: ScratchDirectory) throws -> String {
    let path = try SchemaTests.copyOfCurrent(to: directory)
    let raw = try SchemaTests.raw(path)
    try raw.runScript(
      """
      PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
      UPDATE plan SET created_by = 'somebody' WHERE description IS NOT NULL;
      UPDATE plan_definition SET created_by = 'somebody'
      """)
    if companions != .none { raw.leaveLog() }
    raw.close()
    if companions == .logAlone { try FileManager.default.removeItem(atPath: path + "-shm") }
    #expect(FileManager.default.fileExists(atPath: path + "-wal") == (companions != .none))
    return path
  }

  private static func plans(_ session: any ReadSession) throws -> [Plan] {
    try session.plans(matching: PlanQuery(limit: .largest)).rows
  }

  @Test(
    "shows everything and changes no byte, no time and no entry of its folder",
    arguments: Companions.allCases)
  func looking(companions: Companions) throws {
    let (directory, elsewhere) = (try ScratchDirectory(), try ScratchDirectory())
    let path = try Self.store(companions, in: directory)
    let before = try Self.states(directory)
    let store = try SQLiteEngineRegistry().openReadOnly(path)
    let plans = try store.read { try Self.plans($0) }
    #expect(!plans.isEmpty && plans.allSatisfy { $0.definition.createdBy == "somebody" })
    #expect(try store.integrityCheck().isSound)
    let info = try store.info()
    #expect(info.schemaVersion == Migration.current && info.databaseBytes > 0)
    #expect((info.logBytes > 0) == (companions != .none))
    let copy = elsewhere.path("copy.db")
    try store.backup(to: copy)
    try store.close()
    #expect(try Self.states(directory) == before)
    let copied = try SQLiteEngineRegistry().open(copy)
    #expect(try copied.read { try Self.plans($0) } == plans)
    try copied.close()
  }

  @Test("refuses every unit of work, and calls inside of a read and after its end")
  func refusals() throws {
    let directory = try ScratchDirectory()
    let path = try Self.store(.none, in: directory)
    let before = try Self.states(directory)
    let registry = SQLiteEngineRegistry()
    let store = try registry.openReadOnly(path)
    expectCode(.readOnly) { try store.write { _ in } }
    try store.read { _ in
      expectCode(.nestedUnitOfWork) { try store.read { _ in } }
      expectCode(.nestedUnitOfWork) { try store.close() }
      // The opening would wait for the end of this read.
      expectCode(.conflictingOpen) { try registry.open(path).close() }
    }
    try store.close()
    try store.close()
    expectCode(.closed) { try store.read { _ in } }
    #expect(try Self.states(directory) == before)
  }

  @Test("is not created by looking, neither where there is nothing nor from an empty file")
  func missing() throws {
    let directory = try ScratchDirectory()
    let empty = directory.path("empty.db")
    try Data().write(to: URL(fileURLWithPath: empty))
    let before = try Self.states(directory)
    for path in [empty, directory.path("none.db")] {
      expectCode(.cannotOpen) { _ = try SQLiteEngineRegistry().openReadOnly(path) }
    }
    #expect(try Self.states(directory) == before)
    let backend = StorageBackend.sqlite(at: empty, in: SQLiteEngineRegistry())
    expectCode(.cannotOpen) { _ = try backend.openReadOnly() }
    expectCode(.unsupported) { _ = try StorageBackend.sqliteInMemory.openReadOnly() }
  }

  @Test("is refused with its version when it must be migrated first, and stays as it is")
  func older() throws {
    let directory = try ScratchDirectory()
    let path = try SchemaTests.copy("schema-3-filled", to: directory)
    let before = try Self.states(directory)
    #expect {
      _ = try SQLiteEngineRegistry().openReadOnly(path)
    } throws: { error in
      (error as? StorageError)?.code == .readOnly && "\(error)".contains("version 3")
    }
    #expect(try Self.states(directory) == before)
  }

  @Test("shows what is committed by this process and by another one between two reads")
  func beside() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let registry = SQLiteEngineRegistry()
    // Another registry stands for another process: it shares no engine with the first.
    for other in [registry, SQLiteEngineRegistry()] {
      try other.open(path).close()
      let store = try registry.openReadOnly(path)
      let count = try store.read { try $0.actions(matching: ActionQuery()).rows.count }
      let writer = try other.open(path)
      let name = count == 0 ? "local/first" : "local/second"
      let action = Action(
        creating: try Fixture.action(name), at: Timestamp(microseconds: 1_000))
      try writer.write { try $0.insert(action) }
      #expect(try store.read { try $0.action(action.name) } == action)
      try writer.close()
      #expect(try store.read { try $0.action(action.name) } == action)
      try store.close()
    }
  }

  @Test("repeats a read during which another process changed its file, unless the body has thrown")
  func overtaken() throws {
    let directory = try ScratchDirectory()
    let path = try Self.store(.none, in: directory)
    let store = try SQLiteEngineRegistry().openReadOnly(path)
    let names: [ActionName] = ["local/a", "local/b"]
    let remaining = Locked(names)
    let disturb: @Sendable () throws -> Void = {
      guard let name = remaining.withLock({ $0.popLast() }) else { return }
      let action = Action(
        creating: try Fixture.action("\(name)"), at: Timestamp(microseconds: 1_000))
      let writer = try SQLiteEngineRegistry().open(path)
      try writer.write { try $0.insert(action) }
      try writer.close()
    }
    let found = try store.read { session in
      let before = try session.actions(matching: ActionQuery(limit: .largest)).rows.map(\.name)
      try disturb()
      return before
    }
    #expect(names.allSatisfy(found.contains) && remaining.withLock { $0.isEmpty })
    remaining.withLock { $0 = ["local/c"] }
    expectCode(.busy) {
      try store.read { _ in
        try disturb()
        throw TestError()
      }
    }
    #expect(throws: TestError.self) { try store.read { _ in throw TestError() } }
    try store.close()
  }

  @Test(
    "is read by a user who may write neither the files nor the folder, and stays as it is",
    .enabled(if: getuid() == 0), arguments: Companions.allCases)
  func unprivileged(companions: Companions) throws {
    let directory = try ScratchDirectory()
    let path = try Self.store(companions, in: directory)
    for suffix in ["", "-wal", "-shm"] { chmod(path + suffix, 0o444) }
    chmod(directory.url.path, 0o755)
    let before = try Self.states(directory)
    let lines = try TestProcess("nobody-looks", path).lines()
    if companions == .logAlone {
      // SQLite reads such a log only under a lock that needs the right to write.
      #expect(lines.first == "error readOnly")
      #expect(lines.last?.contains("its log has no index") == true, "\(lines)")
    } else {
      #expect(lines.first?.hasPrefix("found ") == true && lines.first != "found 0", "\(lines)")
    }
    #expect(try Self.states(directory) == before)
  }

  @Test("throws moved when another file is at its path")
  func replaced() throws {
    let directory = try ScratchDirectory()
    let path = try Self.store(.none, in: directory)
    let store = try SQLiteEngineRegistry().openReadOnly(path)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
    try FileManager.default.copyItem(atPath: path + ".old", toPath: path)
    expectCode(.moved) { try store.read { _ in } }
    try store.close()
  }
}
