import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Protections 1 and 2. A table of engines that is read and filled in two steps opens an engine
// twice: the second test runs the same race over such a table and finds it.
@Suite("The registry of SQLite engines", .dedicatedThread)
struct RegistryTests {
  /// What 64 threads came to hold that opened one database at once, some of them to migrate it.
  static func race64(
    _ counter: borrowing Locked<Int>,
    _ open: @escaping @Sendable (_ thread: Int) throws -> SQLiteStore
  ) throws -> (engines: Int, openings: Int, withSchema: Int) {
    let stores = try race(64) { thread in outcome { try open(thread) } }.compactMap {
      try? $0.get()
    }
    let withSchema = try race(stores.count) { thread in
      (try? stores[thread].read { try $0.counts(in: .all).total }) == 0
    }
    let engines = Set(stores.map { ObjectIdentifier($0.engine) }).count
    for store in stores { try? store.close() }
    return (engines, counter.withLock { $0 }, withSchema.count { $0 })
  }

  // A thousand times over in the long form.
  @Test(
    "opens a database once for 64 threads at once, a hundred times over", arguments: [true, false])
  func firstOpen(isFile: Bool) throws {
    let directory = try ScratchDirectory()
    for round in 0..<Rounds.scaled(100, long: 1_000) {
      let openings = Locked(0)
      var probes = SQLiteEngine.Probes()
      probes.beforeMigrating = { _ in openings.withLock { $0 += 1 } }
      let registry = SQLiteEngineRegistry(probes: probes)
      let path = directory.path("\(round).db")
      let found = try Self.race64(openings) { thread in
        guard isFile else { return try registry.openMemory(named: "shared") }
        // In every other round half of them migrate, open and close.
        let migrates = !round.isMultiple(of: 2) && thread.isMultiple(of: 2)
        if migrates { _ = try registry.migrate(path, .quick) }
        return try registry.open(path, .quick)
      }
      // A close may be the last one for the moment: then the database is opened again.
      let isOnce = found.openings == 1 || isFile && !round.isMultiple(of: 2)
      guard found.engines == 1, found.withSchema == 64, isOnce else {
        Issue.record("round \(round): \(found)")
        return
      }
      for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }
  }

  @Test("is needed: a table that is read and filled in two steps opens an engine twice")
  func tableInTwoSteps() throws {
    let table = Locked([String: SQLiteStore]())
    let openings = Locked(0)
    // Holds every thread between the two steps, as an unlucky scheduler would.
    let line = StartBarrier(64)
    let registry = SQLiteEngineRegistry()
    let found = try Self.race64(openings) { _ in
      let known = table.withLock { $0["memory:"] }
      try line.wait()
      if let known { return known }
      openings.withLock { $0 += 1 }
      let store = try registry.openMemory()
      table.withLock { $0["memory:"] = store }
      return store
    }
    #expect(found.engines > 1 && found.openings > 1)
  }

  @Test("never has two engines of one database, however often it is opened and closed")
  func churn() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let live = Locked((now: 0, most: 0))
    var probes = SQLiteEngine.Probes()
    probes.beforeMigrating = { _ in
      live.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
    }
    probes.afterClosing = { live.withLock { $0.now -= 1 } }
    let registry = SQLiteEngineRegistry(probes: probes)
    let outcomes = try race(8) { thread in
      outcome {
        for _ in 0..<Rounds.scaled(150) {
          let store =
            try thread < 5 ? registry.open(path, .quick) : registry.openMemory(named: "churn")
          _ = try store.read { try $0.counts(in: .all) }
          try store.close()
        }
      }
    }
    for outcome in outcomes { try outcome.get() }
    // One for the file and one for the name.
    #expect(live.withLock { $0.most } <= 2 && live.withLock { $0.now } == 0)
  }

  @Test("opens a database while another one is slow to open")
  func slowOpen() throws {
    let directory = try ScratchDirectory()
    let (isOpening, mayGoOn) = (StartBarrier(2), StartBarrier(2))
    var probes = SQLiteEngine.Probes()
    probes.beforeMigrating = { identity in
      guard identity.path?.hasSuffix("slow.db") == true else { return }
      try isOpening.wait()
      try mayGoOn.wait()
    }
    let registry = SQLiteEngineRegistry(probes: probes)
    let slow = DedicatedThread { _ = try? registry.open(directory.path("slow.db"), .quick) }
    try isOpening.wait()
    // Would wait forever if the slow opening held a lock that the others need.
    let other = try registry.open(directory.path("other.db"), .quick)
    #expect(try other.read { try $0.counts(in: .all).total } == 0)
    try mayGoOn.wait()
    try slow.join()
    try other.close()
  }

  @Test(
    "throws a failed opening to all callers that waited for it, and opens again after eight failures"
  )
  func failures() throws {
    let directory = try ScratchDirectory()
    let attempts = Locked(0)
    var probes = SQLiteEngine.Probes()
    probes.beforeMigrating = { _ in
      let attempt = attempts.withLock { attempts in
        attempts += 1
        return attempts
      }
      if attempt <= 8 { throw TestError() }
    }
    let registry = SQLiteEngineRegistry(probes: probes)
    let path = directory.path("plans.db")
    for _ in 0..<8 { #expect(throws: TestError()) { try registry.open(path, .quick) } }
    let store = try registry.open(path, .quick)
    #expect(try store.read { try $0.counts(in: .all).total } == 0)
    try store.close()
  }

  @Test("refuses other options for an open database, and accepts them once it is closed")
  func options() throws {
    let directory = try ScratchDirectory()
    let registry = SQLiteEngineRegistry()
    let path = directory.path("plans.db")
    let store = try registry.open(path)
    expectCode(.conflictingOpen) { _ = try registry.open(path, .quick) }
    let same = try registry.open(path)
    #expect(same.engine === store.engine)
    try store.close()
    try same.close()
    let other = try registry.open(path, .quick)
    #expect(try other.info().options["durability"] == "normal")
    try other.close()
  }

  @Test("refuses an opener that asks for its own database")
  func ownKey() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let holder = Locked<SQLiteEngineRegistry?>(nil)
    var probes = SQLiteEngine.Probes()
    probes.beforeMigrating = { _ in _ = try holder.withLock { $0 }?.open(path, .quick) }
    let registry = SQLiteEngineRegistry(probes: probes)
    holder.withLock { $0 = registry }
    expectCode(.conflictingOpen) { _ = try registry.open(path, .quick) }
    holder.withLock { $0 = nil }
    try registry.open(path, .quick).close()
  }

  @Test("throws `forked` in a child process, and the parent goes on")
  func forked() throws {
    let directory = try ScratchDirectory()
    let process = try TestProcess("fork", directory.path("plans.db"))
    #expect(process.lines() == ["forked forked", "parent 0"])
  }

  @Test("shares a database in memory by its name, and nothing without one")
  func memory() throws {
    let registry = SQLiteEngineRegistry()
    let (one, two, other) = (
      try registry.openMemory(named: "a"), try registry.openMemory(named: "a"),
      try registry.openMemory(named: "A")
    )
    _ = try AtomicPairs.action(in: one)
    func actions(_ store: SQLiteStore) throws -> Int {
      try store.read { try $0.actions(matching: ActionQuery()).rows.count }
    }
    #expect(try actions(one) == 1 && actions(two) == 1 && actions(other) == 0)
    #expect(try actions(registry.openMemory()) == 0)
    try one.close()
    #expect(try actions(two) == 1)
    try two.close()
    // Gone with the last who had it.
    #expect(try actions(registry.openMemory(named: "a")) == 0)
    for name in ["", "é", String(repeating: "n", count: 129)] {
      expectCode(.invalidLocation) { _ = try registry.openMemory(named: name) }
    }
  }
}

extension SQLiteOptions {
  /// Without waiting for the device at every commit.
  static let quick = SQLiteOptions(durability: .normal)
}

/// Runs an expression and expects a storage error of this code.
func expectCode(
  _ code: StorageError.Code, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  #expect(sourceLocation: sourceLocation) {
    try body()
  } throws: { error in
    (error as? StorageError)?.code == code
  }
}
