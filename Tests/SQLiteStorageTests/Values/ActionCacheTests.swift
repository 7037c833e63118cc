import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Every decoding of an action makes an `ActionSnapshot`, so the snapshots that a test holds count the
// decodings.
@Suite("A SQLite store decodes an action", .dedicatedThread)
struct ActionCacheTests {
  private static let name: ActionName = "local/sample"
  private static let now = Timestamp(microseconds: 2_000)

  private static func definition(pattern: String = "[a-z]*") throws -> ActionDefinition {
    try Fixture.action(arguments: [
      ArgumentDefinition(
        name: "x", type: .string, requirement: .optional(default: nil), pattern: pattern)
    ])
  }

  private static func action(pattern: String = "[a-z]*") throws -> Action {
    Action(creating: try definition(pattern: pattern), at: now)
  }

  private static func pattern(_ work: any ReadSession) throws -> String? {
    try work.action(name)?.definition.arguments.definitions.first?.pattern
  }

  @Test("once for each version, however often it is used")
  func uses() throws {
    let store = try SQLiteEngineRegistry().openMemory()
    let plans = PlanLifecycleService(engine: store, environment: TestEnvironment().environment)
    try plans.writeBlocking { try $0.createAction(Self.definition()) }
    func use(_ count: Int) throws -> [ActionSnapshot] {
      try (0..<count).map { _ in
        try plans.writeBlocking {
          try $0.use(PlanUse(action: Self.name, arguments: ["x": "a"])).definition.action
        }
      }
    }
    let first = try use(50)
    #expect(Set(first.map(ObjectIdentifier.init)).count == 1)
    try plans.writeBlocking {
      _ = try $0.updateAction(Self.definition(pattern: "[a-c]*"), ifVersion: 1)
    }
    let second = try use(50)
    #expect(Set(second.map(ObjectIdentifier.init)).count == 1)
    #expect(first.allSatisfy { $0.version == 1 } && second.allSatisfy { $0.version == 2 })
    try plans.close()
  }

  @Test("once for each version also when units of work between its uses are rolled back")
  func rolledBack() throws {
    let store = try SQLiteEngineRegistry().openMemory()
    try store.write { try $0.insert(try Self.action()) }
    let snapshots = Locked<[ActionSnapshot]>([])
    for _ in 0..<20 {
      #expect(throws: TestError.self) {
        try store.write { work in
          let action = try #require(try work.action(Self.name))
          snapshots.withLock { $0.append(action.snapshot) }
          throw TestError("the unit of work is rolled back")
        }
      }
    }
    #expect(snapshots.withLock { Set($0.map(ObjectIdentifier.init)).count } == 1)
    try store.close()
  }

  @Test("again after a version of it was rolled back, alone or in a batch")
  func rolledBackVersion() throws {
    let fixture = try WriteQueueFixture()
    let first = try Self.action()
    let versions = try (0..<4).map { number in
      try first.updated(to: Self.definition(pattern: "\(number)"), at: Self.now)
    }
    // The action of the fixture has the same name.
    try fixture.store.write { work in
      let stored = try #require(try work.action(Self.name))
      try work.save(try stored.updated(to: first.definition, at: Self.now), replacing: 1)
    }
    @Sendable func next(_ number: Int, in work: any UnitOfWork) throws {
      let stored = try #require(try work.action(Self.name))
      let after = try stored.updated(to: versions[number].definition, at: Self.now)
      try work.save(after, replacing: stored.version)
      #expect(try Self.pattern(work) == "\(number)")
    }
    #expect(throws: TestError.self) {
      try fixture.store.write { work in
        try next(0, in: work)
        throw TestError("the unit of work is rolled back")
      }
    }
    #expect(try fixture.store.write { try Self.pattern($0) } == "[a-z]*")
    let outcomes = try fixture.inOneBatch(3) { number in
      try fixture.store.write { work in
        try next(number + 1, in: work)
        if number == 1 { throw TestError("the unit of work is rolled back") }
      }
    }
    #expect(WriteQueueFixture.acknowledged(outcomes) == [0, 2])
    #expect(try fixture.store.write { try Self.pattern($0) } == "3")
    #expect(try fixture.store.read { try Self.pattern($0) } == "3")
    try fixture.store.close()
  }

  @Test("again when the transaction that held several units of work fails at its commit")
  func lostBatch() throws {
    let fixture = try WriteQueueFixture()
    @Sendable func save(_ pattern: String, in work: any UnitOfWork) throws {
      let stored = try #require(try work.action(Self.name))
      try work.save(
        try stored.updated(to: Self.definition(pattern: pattern), at: Self.now),
        replacing: stored.version)
    }
    fixture.watch.before.withLock { $0 = { connection in try? connection.execute(.rollback) } }
    let outcomes = try fixture.inOneBatch(3) { number in
      try fixture.store.write { work in
        if number == 0 { try save("lost", in: work) }
        if number == 1 { throw TestError("the unit of work is rolled back") }
        _ = try work.action(Self.name)
      }
    }
    fixture.watch.before.withLock { $0 = nil }
    #expect(WriteQueueFixture.acknowledged(outcomes) == [])
    try fixture.store.write { try save("kept", in: $0) }
    #expect(try fixture.store.write { try Self.pattern($0) } == "kept")
    try fixture.store.close()
  }

  @Test("again once another process has changed it")
  func others() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    // Two registries stand for two processes: neither knows of the other's engine.
    let (ours, theirs) = try (
      SQLiteEngineRegistry().open(path, .quick), SQLiteEngineRegistry().open(path, .quick)
    )
    let first = try Self.action()
    try ours.write { try $0.insert(first) }
    #expect(try ours.write { try Self.pattern($0) } == "[a-z]*")
    try theirs.write { work in
      try work.save(
        try first.updated(to: Self.definition(pattern: "new"), at: Self.now), replacing: 1)
    }
    #expect(try ours.write { try Self.pattern($0) } == "new")
    try theirs.close()
    try ours.close()
  }

  @Test("and keeps a bounded number of them")
  func bounds() throws {
    func action(_ number: Int) throws -> Action {
      Action(creating: try Fixture.action("local/a\(number)"), at: Self.now)
    }
    var cache = ActionCache()
    let actions = try (0..<1_000).map { try action($0) }
    for action in actions {
      cache.note(action, textBytes: 100)
      #expect(cache.action(action.name, version: 1)?.snapshot === action.snapshot)
      #expect(cache.action(action.name, version: 2) == nil)
    }
    #expect(actions.count { cache.action($0.name, version: 1) != nil } <= ActionCache.mostActions)
    for action in actions { cache.note(action, textBytes: ActionCache.mostBytes / 10) }
    #expect(actions.count { cache.action($0.name, version: 1) != nil } <= 10)
    cache.note(actions[0], textBytes: ActionCache.mostBytes + 1)
    #expect(cache.action(actions[0].name, version: 1) == nil)
  }
}
