import Foundation
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@testable import SQLiteStorage

/// Stores of every released schema, filled by the software of their time; beside each stands what
/// that software read from it.
@Suite("A filled SQLite store of an older schema")
struct MigrationTests {
  static func golden(_ version: Int) -> String {
    SchemaTests.golden.appending(path: "schema-\(version)-filled.db").path
  }

  /// A copy of the store of a version, and what it holds.
  private func copy(
    _ version: Int, to directory: ScratchDirectory
  ) throws -> (path: String, contents: StoreContents) {
    let path = try SchemaTests.copy("schema-\(version)-filled", to: directory)
    return (path, try StoreContents(beside: Self.golden(version)))
  }

  private func expect(_ contents: StoreContents, in path: String) throws {
    let store = try SQLiteEngineRegistry().open(path)
    #expect(try StoreContents(of: store) == contents)
    #expect(try store.integrityCheck().isSound)
    #expect(try store.info().schemaVersion == Migration.current)
    try store.close()
  }

  // Fails when a migration loses or changes anything, and when a mapping forgets older rows.
  @Test("reads back equal, in every status and every field", arguments: 1...Migration.current)
  func everything(version: Int) throws {
    let directory = try ScratchDirectory()
    let (path, contents) = try copy(version, to: directory)
    #expect(Set(contents.plans.map(\.status)) == Set(PlanStatus.allCases))
    #expect(contents.plans.contains { $0.definition.position?.dependsOn.isEmpty == false })
    #expect(contents.plans.contains { $0.progress.documents?.failure?.detail != nil })
    #expect(contents.plans.contains { $0.definition.projects.count == 2 })
    let areDefaultsKnown = contents.plans.map { $0.definition.defaultedArguments != nil }
    #expect(Set(areDefaultsKnown) == [version > 1])
    // What the third schema added is in what it has filled, and nowhere before.
    let added = [
      contents.actions.contains { $0.definition.attemptTimeout != nil },
      contents.plans.contains { $0.definition.action.attemptTimeout != nil },
      contents.plans.contains { $0.progress.lease?.end != nil },
      contents.plans.contains { $0.definition.labels.count == 2 },
      contents.plans.contains { !$0.definition.context.isEmpty },
      contents.plans.contains { $0.definition.notBefore != nil },
      contents.plans.contains { $0.progress.input != nil },
      contents.plans.contains { $0.progress.failure?.retryAfter != nil },
      contents.events.contains { $0.by != nil && $0.note != nil },
      contents.events.contains { if case .input? = $0.detail { true } else { false } },
      contents.events.contains { if case .postponed? = $0.detail { true } else { false } },
    ]
    #expect(Set(added) == [version > 2], "\(added)")
    // The fourth schema added reports.
    #expect(contents.plans.contains { $0.progress.report != nil } == (version > 3))
    try expect(contents, in: path)
    // Twice: what was written by the migration is read as well.
    try expect(contents, in: path)
  }

  @Test(
    "is usable: its plans are worked on, and found by their keys", arguments: 1...Migration.current)
  func goesOn(version: Int) throws {
    let directory = try ScratchDirectory()
    let (path, contents) = try copy(version, to: directory)
    let store = try SQLiteEngineRegistry().open(path, .quick)
    let plans = PlanLifecycleService(
      engine: store, environment: TestEnvironment(seed: 2).environment)
    let queued = contents.plans.filter { $0.progress.readyAt != nil && $0.leaseToken == nil }
    let claimed = try plans.writeBlocking { work in
      let claimed = try work.claim(
        owner: LeaseOwner("test/1"), actors: Array(Set(queued.map(\.actor))), limit: 100,
        leaseFor: .seconds(60))
      for plan in claimed {
        if let token = plan.leaseToken { try work.complete(token, result: ["done": true]) }
      }
      return claimed
    }
    #expect(Set(claimed.map(\.id)) == Set(queued.map(\.id)) && !claimed.isEmpty)
    for plan in contents.plans where plan.definition.idempotencyKey != nil {
      let (action, key) = (plan.definition.action.name, plan.definition.idempotencyKey)
      let found = try plans.writeBlocking { work in
        try work.findOrUse(
          PlanUse(
            action: action, arguments: ["flag": true, "text": "it's \"é\""], idempotencyKey: key))
      }
      #expect(found.plan.id == plan.id && !found.isNew)
      #expect(
        errorCode {
          try plans.writeBlocking { work in
            try work.use(PlanUse(action: action, arguments: ["text": "other"], idempotencyKey: key))
          }
        } == "idempotencyConflict")
    }
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  // Without the transaction around each step, a killed process leaves a column without its record,
  // and the next one cannot add it again.
  @Test(
    "is migrated by the next process when one is killed, at whichever operation on its files",
    arguments: 1..<Migration.current)
  func killed(version: Int) async throws {
    let step = Rounds.isShort ? 5 : 1
    let operations = try await onDedicatedThread {
      for operation in stride(from: 0, to: 10_000, by: step) {
        if try Self.isMigrated(version, killedAt: operation) { return operation }
      }
      throw TestError("no process has ended")
    }
    #expect(operations > 10)
  }

  /// Lets a process migrate that is killed at an operation, and another one go on; whether the first
  /// came to its end before that.
  private static func isMigrated(_ version: Int, killedAt operation: Int) throws -> Bool {
    let directory = try ScratchDirectory()
    let path = try SchemaTests.copy("schema-\(version)-filled", to: directory)
    let process = try TestProcess("migrate", path, "\(operation)")
    let lines = process.lines()
    let isMigrated = lines == ["migrated to \(Migration.current)"]
    let store = try SQLiteEngineRegistry().open(path)
    let found = try StoreContents(of: store)
    let expected = try StoreContents(beside: golden(version))
    let problems = try store.integrityCheck().problems
    try store.close()
    guard isMigrated || process.status == SIGKILL, found == expected, problems.isEmpty else {
      throw TestError("operation \(operation): \(lines), \(problems)")
    }
    return isMigrated
  }

  @Test(
    "survives a disk that fails or runs full at any operation, and one that loses its power",
    arguments: 1..<Migration.current)
  func failingDisk(version: Int) async throws {
    let (lines, status) = try await onDedicatedThread {
      let process = try TestProcess("migrations", Self.golden(version))
      return (process.lines(), process.status)
    }
    #expect(lines.last?.hasSuffix("none fatal") == true && status == 0, "\(lines)")
  }

  @Test(
    "stays unchanged on a full disk, with an error, and is migrated when there is room",
    .enabled(if: SmallDisk.isPossible), arguments: 1..<Migration.current)
  func fullDisk(version: Int) throws {
    let disk = try SmallDisk(kilobytes: 1_000)
    let contents = try StoreContents(beside: Self.golden(version))
    let path = disk.path("plans.db")
    try FileManager.default.copyItem(atPath: Self.golden(version), toPath: path)
    var refusals: Set<StorageError.Code> = []
    for room in stride(from: 0, through: 600, by: 4) {
      try disk.fill("ballast", leaving: room)
      do {
        try SQLiteEngineRegistry().open(path).close()
        break
      } catch let error as StorageError { refusals.insert(error.code) }
      try disk.free("ballast")
    }
    #expect(refusals.contains(.full), "\(refusals)")
    #expect(refusals.isSubset(of: [.full, .inputOutput, .cannotOpen]), "\(refusals)")
    try disk.free("ballast")
    try expect(contents, in: path)
  }

  @Test(
    "is migrated once by eight processes that open it at once", arguments: 1..<Migration.current)
  func processes(version: Int) async throws {
    let said = try await onDedicatedThread {
      try (0..<Rounds.scaled(20)).flatMap { _ in
        let directory = try ScratchDirectory()
        let path = try SchemaTests.copy("schema-\(version)-filled", to: directory)
        let processes = try (0..<8).map { _ in try TestProcess("open", path) }
        let said = processes.map { $0.lines() }
        let store = try SQLiteEngineRegistry().open(path)
        defer { try? store.close() }
        let isEqual = try StoreContents(of: store) == StoreContents(beside: Self.golden(version))
        return said + [[isEqual ? "equal" : "not equal"]]
      }
    }
    #expect(Set(said) == [["opened 21"], ["equal"]])
  }

  // The older schemas count no purges, but keep the position after the last removed event.
  @Test(
    "tells a reader of the feed that events before its migration were purged, once",
    arguments: 1...Migration.current)
  func purgedBefore(version: Int) throws {
    let directory = try ScratchDirectory()
    let (path, contents) = try copy(version, to: directory)
    let store = try SQLiteEngineRegistry().open(path, .quick)
    let plans = PlanLifecycleService(
      engine: store, environment: TestEnvironment(seed: 2).environment)
    #expect(try store.read { try $0.feedState().purges } == 1)
    @Sendable func events(after cursor: EventCursor) throws -> [PlanEvent] {
      try plans.readBlocking { try $0.events(after: cursor) }.map(\.event)
    }
    #expect(try events(after: .start) == contents.events)
    // The cursor of a program that knew of no purges, before the first removed event.
    let resumeAt = EventCursor(position: 1, purges: 1)
    #expect(throws: PlanError.cursorExpired(resumeAt: resumeAt)) {
      try events(after: EventCursor(position: 1))
    }
    #expect(try events(after: resumeAt) == contents.events)
    let last = try plans.readBlocking { try $0.latestCursor() }
    #expect(try events(after: EventCursor(position: last.position)).isEmpty)
    try store.close()
  }

  @Test("says what to do when it may only be read", .enabled(if: getuid() == 0))
  func readOnly() throws {
    let directory = try ScratchDirectory()
    let (path, contents) = try copy(1, to: directory)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    chmod(directory.url.path, 0o755)
    chmod(path, 0o444)
    let lines = try TestProcess("nobody", path).lines()
    #expect(lines.first == "error readOnly")
    #expect(lines.last?.contains("must be writable") == true, "\(lines)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    chmod(path, 0o600)
    try expect(contents, in: path)
  }

  // Fails when the writer looks at the version at opening only: then it writes rows as its older
  // schema has them.
  @Test("is refused at the next write once another process has brought it to a newer schema")
  func newerWriter() throws {
    let directory = try ScratchDirectory()
    let (path, _) = try copy(Migration.current, to: directory)
    var probes = SQLiteEngine.Probes()
    let next = Migration(
      number: Migration.current + 1, name: "the next one", script: "CREATE TABLE next (a) ")
    probes.migrations.append(next)
    // Two registries stand for two processes: neither knows of the other's engine.
    let (ours, theirs) = (SQLiteEngineRegistry(), SQLiteEngineRegistry(probes: probes))
    let store = try ours.open(path, .quick)
    let action = try AtomicPairs.action(in: store)
    try AtomicPairs.store(0, in: store, action)
    let newer = try theirs.open(path, .quick)
    #expect {
      try AtomicPairs.store(1, in: store, action)
    } throws: { error in
      (error as? StorageError)?.code == .schemaTooNew
        && "\(error)".contains(
          "found schema \(Migration.current + 1), supported up to \(Migration.current)")
    }
    // It stays refused, also for reads, and however it is asked for.
    expectCode(.schemaTooNew) { try AtomicPairs.store(1, in: store, action) }
    expectCode(.schemaTooNew) { _ = try store.read { try $0.counts(in: .all) } }
    expectCode(.schemaTooNew) { _ = try store.info() }
    expectCode(.schemaTooNew) { _ = try ours.open(path, .quick) }
    try store.close()
    let numbers = [0, 1].map { Plan.ID(ULID(high: 1, low: 2 * $0)) }
    #expect(
      try newer.read { [try $0.plan(numbers[0]), try $0.plan(numbers[1])] }.map { $0 == nil }
        == [false, true])
    try AtomicPairs.store(2, in: newer, action)
    try newer.close()
  }
}
