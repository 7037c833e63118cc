import Dispatch
import Foundation
import struct PlanStorage.Locked
import Planwright
import TestSupport
import Testing

@Suite("The maintenance of a system's store")
struct StoreMaintenanceTests {
  /// Uses an action once.
  private static func fill(_ system: PlanSystem) throws {
    try system.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action())
      try transaction.use("local/sample")
    }
  }

  private static func plans(_ system: PlanSystem) throws -> Int {
    try system.plans.readBlocking { try $0.plans(matching: PlanQuery()) }.rows.count
  }

  @Test("is complete for a SQLite database, in a file and in memory, without a cast")
  func everything() async throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    for (number, backend) in [
      StorageBackend.sqlite(at: path), .sqliteInMemory, .sqliteInMemory(named: "maintenance"),
    ].enumerated() {
      let system = try PlanSystem.open(backend)
      try Self.fill(system)
      let maintenance = system.maintenance
      #expect(maintenance.supported == Set(MaintenanceOperation.allCases))
      #expect(try await maintenance.integrityCheck().isSound)
      #expect(try await maintenance.integrityCheck(quick: true) == IntegrityReport(problems: []))
      let schema = try await maintenance.schema()
      #expect(schema.isUpToDate && schema.current > 0)
      #expect(try await maintenance.migrate() == schema)
      let isFile = system.location == "sqlite:\(path)"
      let info = try await maintenance.info()
      #expect(info.library == "SQLite" && info.libraryVersion.hasPrefix("3."))
      #expect((info.path?.hasSuffix("/plans.db") == true) == isFile)
      #expect(info.schemaVersion == schema.current && info.databaseBytes > 0)
      #expect((info.logBytes > 0) == isFile && info.checkpointFailures == nil)
      #expect(info.options["durability"] == (isFile ? "full" : "normal"))
      #expect(Set(info.options.keys) == ["durability", "exclusive", "busyTimeout", "readers"])
      let checkpoint = try await maintenance.checkpoint()
      #expect(checkpoint.isComplete && (checkpoint.logPages > 0) == isFile)
      #expect(try await maintenance.info().logBytes == 0)
      let copy = directory.path("copy-\(number).db")
      let steps = ProgressWatch()
      try await maintenance.backup(to: copy) { done, all in steps.note(done, of: all) }
      #expect(steps.isAtEnd)
      let copied = try PlanSystem.open(.sqlite(at: copy))
      #expect(try Self.plans(copied) == 1)
      try copied.close()
      await #expect(throws: StorageError.self) { try await maintenance.backup(to: copy) }
      try system.close()
      await #expect { try await maintenance.info() } throws: { error in
        (error as? StorageError)?.code == .closed
      }
    }
  }

  /// What a backup has told of its progress.
  private final class ProgressWatch: Sendable {
    private let latest = Locked((done: 0, all: 0))
    func note(_ done: Int, of all: Int) { latest.withLock { $0 = (done, all) } }
    var isAtEnd: Bool { latest.withLock { $0.done == $0.all && $0.all > 0 } }
  }

  @Test("does not write a copy for a task that is cancelled, before it or during it")
  func cancelledBackup() async throws {
    let directory = try ScratchDirectory()
    let system = try PlanSystem.open(.sqlite(at: directory.path("plans.db")))
    try Self.fill(system)
    let (maintenance, copy) = (system.maintenance, directory.path("copy.db"))
    let isInside = AsyncStream.makeStream(of: Void.self)
    let mayGoOn = DispatchSemaphore(value: 0)
    let during = Task {
      try await maintenance.backup(to: copy) { _, _ in
        isInside.continuation.yield()
        #expect(mayGoOn.wait(timeout: .now() + 600) == .success)
      }
    }
    for await _ in isInside.stream { break }
    during.cancel()
    mayGoOn.signal()
    await #expect(throws: CancellationError.self) { try await during.value }
    let before = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await maintenance.backup(to: copy)
    }
    await #expect(throws: CancellationError.self) { try await before.value }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    #expect(names.filter { !$0.hasPrefix("plans.db") } == [])
    try system.close()
  }

  @Test("does the same on the calling thread in its blocking forms")
  func blocking() throws {
    let directory = try ScratchDirectory()
    let system = try PlanSystem.open(.sqlite(at: directory.path("plans.db")))
    try Self.fill(system)
    let maintenance = system.maintenance
    try maintenance.backupBlocking(to: directory.path("copy.db"))
    #expect(try maintenance.integrityCheckBlocking().isSound)
    #expect(try maintenance.checkpointBlocking().isComplete)
    #expect(try maintenance.schemaBlocking() == maintenance.migrateBlocking())
    #expect(try maintenance.infoBlocking().logBytes == 0)
    try system.close()
  }

  @Test("says what a store cannot do, and which one can", arguments: MaintenanceOperation.allCases)
  func unsupported(operation: MaintenanceOperation) async throws {
    let system = try PlanSystem.open(.inMemory)
    let maintenance = system.maintenance
    #expect(!maintenance.supports(operation) && maintenance.supported.isEmpty)
    await #expect {
      switch operation {
      case .backup: try await maintenance.backup(to: "never made")
      case .integrityCheck: _ = try await maintenance.integrityCheck()
      case .checkpoint: _ = try await maintenance.checkpoint()
      case .info: _ = try await maintenance.info()
      case .migrate: _ = try await maintenance.migrate()
      }
    } throws: { error in
      let words = ["store memory: failed", "it supports no maintenance", "sqlite:FILE"]
      return (error as? StorageError)?.code == .unsupported
        && words.allSatisfy("\(error)".contains)
    }
    #expect(!FileManager.default.fileExists(atPath: "never made"))
    #expect {
      try maintenance.schemaBlocking()
    } throws: { error in
      (error as? StorageError)?.operation == "reading the schema of"
    }
    try system.close()
  }

  @Test("of a schema is asked and done without opening a system, and asking makes no file")
  func schema() throws {
    let directory = try ScratchDirectory()
    let backend = try StorageBackend(location: "sqlite:\(directory.path("plans.db"))")
    let before = try PlanSystem.schema(of: backend)
    #expect(before.current == 0 && before.pending.count == before.supported)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path).isEmpty)
    let after = try PlanSystem.migrate(backend)
    #expect(after.isUpToDate && after.supported == before.supported && after.pending.isEmpty)
    #expect(try PlanSystem.schema(of: backend) == after)
    let named = StorageBackend.sqliteInMemory(named: "asked")
    #expect(try PlanSystem.schema(of: named) == before)
    let system = try PlanSystem.open(named)
    #expect(try PlanSystem.schema(of: named) == after)
    try system.close()
    #expect {
      try PlanSystem.migrate(.inMemory)
    } throws: { error in
      (error as? StorageError)?.code == .unsupported
    }
  }
}
