import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// The failure of the system that this one grew out of: a unit of work and a migration each made an
// engine for one name in memory, and the schema that was made in one was missing in the other.
@Suite("A named database in memory that nobody has opened before", .dedicatedThread)
struct MigrationRaceTests {
  /// What came of threads that open a unit of work beside threads that migrate.
  struct Outcome {
    var failures: [any Error] = []
    /// The engines of the units of work.
    var engines = 0
    /// How many engines were alive at a time, those of migrations included.
    var mostAlive = 0
    /// How many stores hold what all units of work have written.
    var complete = 0
    /// How many migrations found the schema up to date after them.
    var migrated = 0
  }

  private static let threads = 32

  /// Lets 32 threads open a unit of work and 32 migrate, all at once.
  static func contend(
    _ live: LiveEngines, open: @escaping @Sendable () throws -> SQLiteStore,
    migrate: @escaping @Sendable () throws -> SchemaState
  ) throws -> Outcome {
    var found = Outcome()
    let stores = Locked([SQLiteStore]())
    let results = try race(2 * threads) { thread in
      outcome {
        if thread.isMultiple(of: 2) { return try migrate() == SchemaStateTests.upToDate }
        let store = try open()
        stores.withLock { $0.append(store) }
        // Needs the schema at once.
        let action = try AtomicPairs.action(in: store)
        try AtomicPairs.store(UInt64(thread), in: store, action)
        return false
      }
    }
    found.failures = results.compactMap(\.failure)
    found.migrated = results.count { (try? $0.get()) == true }
    let opened = stores.withLock { $0 }
    found.engines = Set(opened.map { ObjectIdentifier($0.engine) }).count
    found.complete = opened.count { store in
      (try? store.read { try $0.counts(in: .all).total }) == 2 * threads
    }
    for store in opened { try? store.close() }
    found.mostAlive = live.count.withLock { $0.most }
    return found
  }

  // Fails in the first rounds when the get-or-create of `EngineRegistry` is two steps, "is it open?"
  // and "open it": then threads hold engines that do not see each other's units of work. The last test
  // of this suite does that on purpose.
  @Test("gets one engine and its schema from 32 units of work and 32 migrations at once")
  func oneEngine() throws {
    let live = LiveEngines()
    let registry = SQLiteEngineRegistry(probes: live.probes)
    for round in 0..<Rounds.scaled(100, long: 1_000) {
      let backend = StorageBackend.sqliteInMemory(named: "round \(round)", in: registry)
      let found = try Self.contend(live) {
        try #require(try backend.open() as? SQLiteStore)
      } migrate: {
        try backend.migrate()
      }
      guard found.failures.isEmpty, found.engines == 1, found.mostAlive == 1,
        found.complete == Self.threads, found.migrated == Self.threads
      else {
        Issue.record("round \(round): \(found)")
        return
      }
      #expect(live.count.withLock { $0.now } == 0)
    }
  }

  @Test("gets several engines from a table that is asked and filled in two steps")
  func twoSteps() throws {
    let live = LiveEngines()
    let registry = SQLiteEngineRegistry(probes: live.probes)
    let table = Locked([String: SQLiteStore]())
    // Holds every thread between the two steps, as a scheduler may.
    let line = StartBarrier(2 * Self.threads)
    let open: @Sendable () throws -> SQLiteStore = {
      let known = table.withLock { $0["name"] }
      try line.wait()
      if let known { return known }
      let store = try registry.openMemory()
      table.withLock { $0["name"] = store }
      return store
    }
    let found = try Self.contend(live, open: open) { try open().schema() }
    #expect(found.engines > 1 && found.mostAlive > 1 && found.complete < Self.threads)
  }
}

/// Counts the engines that are open at a time.
final class LiveEngines: Sendable {
  let count = Locked((now: 0, most: 0))

  var probes: SQLiteEngine.Probes {
    var probes = SQLiteEngine.Probes()
    probes.beforeMigrating = { _ in
      self.count.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
    }
    probes.afterClosing = { self.count.withLock { $0.now -= 1 } }
    return probes
  }
}
