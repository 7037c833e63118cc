import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The maintenance of a SQLite store", .dedicatedThread)
struct MaintenanceTests {
  /// Stores `pairs` pairs.
  static func store(pairs: UInt64, in fixture: WriteQueueFixture) throws {
    for number in 0..<pairs { try AtomicPairs.store(number, in: fixture.store, fixture.action) }
  }

  @Test("copies a store that is being written to: one moment of it, and nothing later")
  func backup() throws {
    let fixture = try WriteQueueFixture()
    try Self.store(pairs: 200, in: fixture)
    let copy = fixture.directory.path("copy.db")
    let steps = Locked([Int]())
    let isOver = Locked(false)
    let writer = DedicatedThread {
      var number: UInt64 = 1_000
      while !isOver.withLock({ $0 }) {
        try? AtomicPairs.store(number, in: fixture.store, fixture.action)
        number += 1
      }
    }
    try fixture.store.backup(to: copy) { done, all in
      steps.withLock { $0.append(done * 100 / max(1, all)) }
    }
    isOver.withLock { $0 = true }
    try writer.join()
    #expect(steps.withLock { $0 }.last == 100)
    let opened = try SQLiteEngineRegistry().open(copy)
    #expect(try opened.integrityCheck().isSound)
    let count = try opened.read { try $0.counts(in: .all).total }
    #expect(count >= 400 && count % 2 == 0)
    let attributes = try FileManager.default.attributesOfItem(atPath: copy)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    try opened.close()
    // Nothing that exists is written over, and a copy that fails leaves nothing.
    expectCode(.invalidLocation) { try fixture.store.backup(to: copy) }
    expectCode(.invalidLocation) { try fixture.store.backup(to: fixture.path) }
    expectCode(.cannotOpen) { try fixture.store.backup(to: fixture.directory.path("none/copy.db")) }
  }

  @Test("copies a store in memory into a file")
  func backupOfMemory() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().openMemory()
    let action = try AtomicPairs.action(in: store)
    try AtomicPairs.store(1, in: store, action)
    try store.backup(to: directory.path("copy.db"))
    let copy = try SQLiteEngineRegistry().open(directory.path("copy.db"))
    #expect(try copy.read { try $0.counts(in: .all).total } == 2)
    #expect(try store.info().path == nil && store.info().warnings.isEmpty)
    #expect(!store.traits.isDurable)
    try copy.close()
    try store.close()
  }

  @Test("finds damage that reads do not notice")
  func integrity() throws {
    let fixture = try WriteQueueFixture()
    try Self.store(pairs: 3, in: fixture)
    #expect(try fixture.store.integrityCheck().isSound)
    #expect(try fixture.store.integrityCheck(quick: true).isSound)
    try fixture.store.close()
    let raw = try SchemaTests.raw(fixture.path)
    try raw.runScript("PRAGMA foreign_keys = 0; DELETE FROM terms")
    raw.close()
    let store = try SQLiteEngineRegistry().open(fixture.path)
    #expect(try store.integrityCheck().problems.count == 6)
    expectCode(.corrupt) { _ = try store.read { try $0.plans(matching: PlanQuery()).rows } }
    try store.close()
  }

  @Test("copies the log into the database when asked, and leaves readers their snapshots")
  func checkpoint() throws {
    let fixture = try WriteQueueFixture()
    try Self.store(pairs: 20, in: fixture)
    #expect(try fixture.store.info().logBytes > 0)
    let report = try fixture.store.checkpoint()
    #expect(report.logPages > 0 && report.copiedPages == report.logPages)
    #expect(try fixture.store.info().logBytes == 0)
    #expect(try fixture.storedPairs() == (0..<20).map { UInt64($0) })
  }

  // Nobody waits for an automatic checkpoint, and the log grows for as long as it fails.
  @Test(
    "shows checkpoints that fail, automatic ones included, until one succeeds",
    .enabled(if: SmallDisk.isPossible))
  func failedCheckpoints() throws {
    let disk = try SmallDisk(kilobytes: 16_000)
    var probes = SQLiteEngine.Probes()
    probes.logLimits.pagesBeforeCheckpoint = 2_000
    let store = try SQLiteEngineRegistry(probes: probes).open(disk.path("plans.db"), .quick)
    let action = try AtomicPairs.action(in: store)
    #expect(try store.info().checkpointFailures == nil)
    var stored: UInt64 = 0
    // The log is a few pages short of the length at which it is copied.
    while try store.info().logBytes < 1_985 * 4_096 {
      try AtomicPairs.store(stored, in: store, action)
      stored += 1
    }
    try disk.fill("ballast", leaving: 0)
    #expect { try store.checkpoint() } throws: { error in
      (error as? StorageError)?.code == .full
    }
    #expect(try store.info().checkpointFailures?.count == 1)
    try disk.free("ballast")
    // Room for the log of some units of work, but not for its pages in the database.
    let size = try FileManager.default.attributesOfItem(atPath: disk.path("plans.db"))[.size]
    #expect(try store.info().databaseBytes - (size as? Int ?? .max) > 250 << 10)
    try disk.fill("ballast", leaving: 220)
    do {
      for _ in 0..<100 where try store.info().checkpointFailures?.count == 1 {
        try AtomicPairs.store(stored, in: store, action)
        stored += 1
      }
    } catch let error as StorageError where error.code == .full {
      // A checkpoint began after the last commit had returned, and took the rest of the room.
    }
    let failures = try #require(try store.info().checkpointFailures)
    #expect(failures.sinceLastSuccess == 2 && failures.count == 2, "\(failures)")
    #expect(failures.latest.contains("copying the log of"), "\(failures)")
    #expect(try store.info().warnings.contains { $0.contains(failures.latest) })
    try disk.free("ballast")
    #expect(try store.checkpoint().isComplete)
    let after = try #require(try store.info().checkpointFailures)
    #expect(after.sinceLastSuccess == 0 && after.count == 2)
    #expect(try !store.info().warnings.contains { $0.contains("could not be copied") })
    #expect(try store.read { try $0.counts(in: .all).total } == 2 * Int(stored))
    try store.close()
  }

  /// The bytes of the log's file.
  func logBytes(_ fixture: WriteQueueFixture) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")
    return attributes?[.size] as? Int ?? 0
  }

  // Without the gate, readers that overlap keep the log growing for as long as they come.
  @Test("bounds the log while readers overlap without a pause")
  func boundedLog() throws {
    let bound = 2 << 20
    let fixture = try WriteQueueFixture(
      limits: WALCheckpointer.Limits(
        pagesBeforeCheckpoint: 50, bytesBeforeGate: bound, patience: .seconds(600)))
    let isOver = Locked(false)
    // Three readers, each of whom leaves once another one is inside, if one comes: who comes may be
    // kept at the gate.
    let readers = Locked(0)
    let threads = (0..<3).map { _ in
      DedicatedThread {
        while !isOver.withLock({ $0 }) {
          _ = try? fixture.store.read { session in
            _ = try session.counts(in: .all)
            readers.withLock { $0 += 1 }
            for _ in 0..<100 where readers.withLock({ $0 }) < 2 { usleep(200) }
            readers.withLock { $0 -= 1 }
          }
        }
      }
    }
    var longest = 0
    for number in 0..<UInt64(Rounds.scaled(1_500)) {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
      longest = max(longest, logBytes(fixture))
    }
    isOver.withLock { $0 = true }
    for thread in threads { try thread.join() }
    #expect(longest < bound + 1 << 20, "\(longest)")
  }

  @Test("truncates the log once a long read has ended, and does not stop writers until then")
  func longReader() throws {
    let bound = 1 << 20
    let fixture = try WriteQueueFixture(
      limits: WALCheckpointer.Limits(
        pagesBeforeCheckpoint: 50, bytesBeforeGate: bound, patience: .milliseconds(20)))
    try AtomicPairs.store(0, in: fixture.store, fixture.action)
    let (isInside, mayLeave) = (StartBarrier(2), StartBarrier(2))
    let seen = Locked(0)
    let reader = DedicatedThread {
      _ = try? fixture.store.read { session in
        _ = try session.counts(in: .all)
        try isInside.wait()
        try mayLeave.wait()
        let count = try session.counts(in: .all).total
        seen.withLock { $0 = count }
      }
    }
    try isInside.wait()
    for number in 1..<250 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    #expect(logBytes(fixture) > bound)
    try mayLeave.wait()
    try reader.join()
    // Its snapshot was that of its first read, all the time.
    #expect(seen.withLock { $0 } == 2)
    for number in 250..<450 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    #expect(try fixture.store.info().logBytes <= bound + bound / 2)
    #expect(try fixture.storedPairs().count == 450)
  }

  @Test("knows which versions of SQLite can lose pages")
  func exposure() {
    let exposed: [Int32] = [3_007_000, 3_040_001, 3_044_005, 3_045_000, 3_050_006, 3_051_002]
    let mended: [Int32] = [3_006_023, 3_044_006, 3_044_099, 3_050_007, 3_051_003, 3_052_000]
    #expect(exposed.allSatisfy { WALResetDefect.isIn($0) })
    #expect(!mended.contains { WALResetDefect.isIn($0) })
  }

  @Test("describes the store, and warns where processes share a file with such a version")
  func info() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(path)
    let info = try store.info()
    #expect(info.path == (try DatabaseIdentity.file(at: path)).path)
    #expect(info.databaseBytes > 0 && info.schemaVersion == Migration.current)
    #expect((!info.warnings.isEmpty) == (info.libraryDefects == ["WAL-reset"]))
    try store.close()
    expectCode(.closed) { _ = try store.info() }
    expectCode(.closed) { _ = try store.integrityCheck() }
    let alone = try SQLiteEngineRegistry().open(path, SQLiteOptions(exclusive: true))
    #expect(try alone.info().warnings.isEmpty)
    try alone.close()
  }

  @Test("opens no more readers than its options allow, and lets further reads wait")
  func readers() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(
      directory.path("plans.db"), SQLiteOptions(durability: .normal, readers: 2))
    let inside = Locked((now: 0, most: 0))
    let bothAreIn = StartBarrier(2)
    @Sendable func read(times: Int, meeting: Bool) throws {
      for _ in 0..<times {
        try store.read { session in
          inside.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
          }
          if meeting { try bothAreIn.wait() }
          _ = try session.counts(in: .all)
          inside.withLock { $0.now -= 1 }
        }
      }
    }
    // Two meet inside of their reads, so both have a connection; then eight want one.
    for outcome in try race(2, { _ in outcome { try read(times: 1, meeting: true) } }) {
      try outcome.get()
    }
    let outcomes = try race(8) { _ in outcome { try read(times: 50, meeting: false) } }
    for outcome in outcomes { try outcome.get() }
    #expect(inside.withLock { $0.most } == 2)
    #expect(try store.info().openReaders == 2)
    try store.close()
  }

  @Test("closes when the last read has ended, and refuses calls that begin later")
  func closingWithReaders() throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), .quick)
    let (isInside, mayLeave) = (StartBarrier(2), StartBarrier(2))
    let seen = Locked<Int?>(nil)
    let reader = DedicatedThread {
      let count = try? store.read { session in
        try isInside.wait()
        try mayLeave.wait()
        return try session.counts(in: .all).total
      }
      seen.withLock { $0 = count }
    }
    try isInside.wait()
    let closer = DedicatedThread { try? store.close() }
    try blockUntil("the store to refuse calls") {
      !outcome { try store.using("looking") {} }.isSuccess
    }
    expectCode(.closed) { _ = try store.read { try $0.counts(in: .all).total } }
    try mayLeave.wait()
    try closer.join()
    try reader.join()
    #expect(seen.withLock { $0 } == 0)
    // Closed in good order, it leaves no log behind.
    #expect(!FileManager.default.fileExists(atPath: directory.path("plans.db-wal")))
  }
}
