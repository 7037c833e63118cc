import CSQLite
import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Each trouble has an error of its own, loses nothing that was acknowledged, and is over when its
// cause is.
@Suite("A SQLite store that runs out of room, memory or time", .dedicatedThread)
struct FailureTests {
  @Test("holds what was acknowledged and nothing else when it runs full at any page")
  func fullAtAnyPage() throws {
    for more in 0..<20 {
      let fixture = try WriteQueueFixture()
      try fixture.limitPages(more)
      var stored: [UInt64] = []
      var refusals = 0
      for number in 0..<3_000 as Range<UInt64> where refusals < 5 {
        do {
          try AtomicPairs.store(number, in: fixture.store, fixture.action)
          stored.append(number)
        } catch {
          refusals += 1
          #expect((error as? StorageError)?.code == .full)
        }
      }
      #expect(refusals == 5)
      // With room again, it goes on at once.
      try fixture.limitPages(nil)
      try AtomicPairs.store(5_000, in: fixture.store, fixture.action)
      #expect(try fixture.storedPairs() == stored + [5_000])
    }
  }

  @Test("refuses writes beyond a limit of the file's size, and accepts them without it")
  func fileSize() throws {
    for kilobytes in [150, 180, 220] {
      let directory = try ScratchDirectory()
      let path = directory.path("plans.db")
      let lines = try TestProcess("limited", path, "\(kilobytes << 10)").lines()
      let numbers = lines.compactMap { UInt64($0) }
      #expect(lines.contains("refused inputOutput") || lines.contains("refused full"), "\(lines)")
      #expect(lines.last == "went on \(numbers.count)")
      let store = try SQLiteEngineRegistry().open(path)
      #expect(try store.read { try $0.counts(in: .all).total } == 2 * (numbers.count + 1))
      #expect(try store.integrityCheck().isSound)
      try store.close()
    }
  }

  @Test(
    "reports a full disk, and opens an existing database on it",
    .enabled(if: SmallDisk.isPossible))
  func fullDisk() throws {
    let disk = try SmallDisk(kilobytes: 1_600)
    try disk.fill("ballast", leaving: 1_000)
    let path = disk.path("plans.db")
    let registry = SQLiteEngineRegistry()
    let store = try registry.open(path)
    let action = try AtomicPairs.action(in: store)
    var count: UInt64 = 0
    var refusal: StorageError?
    while refusal == nil, count < 10_000 {
      do {
        try AtomicPairs.store(count, in: store, action)
        count += 1
      } catch { refusal = error as? StorageError }
    }
    #expect(
      refusal?.code == .full || refusal?.code == .inputOutput, "\(String(describing: refusal))")
    #expect(try store.read { try $0.counts(in: .all).total } == 2 * Int(count))
    try store.close()
    // Another program takes the room that closing has freed, but for the index of the log.
    try disk.fill("other", leaving: 40)
    let again = try registry.open(path)
    #expect(try again.read { try $0.counts(in: .all).total } == 2 * Int(count))
    #expect(try again.integrityCheck().isSound)
    try disk.free("other")
    try disk.free("ballast")
    try AtomicPairs.store(count, in: again, action)
    try again.close()
  }

  @Test("throws `outOfMemory` at whichever allocation memory runs out")
  func outOfMemory() throws {
    let lines = try TestProcess("low-memory").lines()
    #expect(lines.last == "whole", "\(lines)")
    #expect(lines.filter { $0 == "outOfMemory" }.count > 5)
    #expect(!lines.contains { $0.hasPrefix("other") }, "\(lines)")
  }

  @Test(
    "waits for a lock as long as its options say, throws `busy`, and works again when it is free")
  func locked() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let options = SQLiteOptions(durability: .normal, busyTimeout: .milliseconds(100))
    let store = try SQLiteEngineRegistry().open(path, options)
    let action = try AtomicPairs.action(in: store)
    let other = try SchemaTests.raw(path)
    try other.runScript("BEGIN IMMEDIATE")
    expectCode(.busy) { try AtomicPairs.store(0, in: store, action) }
    // Readers go on beside a writer.
    #expect(try store.read { try $0.counts(in: .all).total } == 0)
    try other.runScript("COMMIT")
    try AtomicPairs.store(0, in: store, action)
    other.close()
    try store.close()
  }

  // Without the wait, a writer gets `busy` at its first try.
  @Test("waits for a lock until the other process releases it")
  func released() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let options = SQLiteOptions(durability: .normal, busyTimeout: .seconds(3_600))
    let store = try SQLiteEngineRegistry().open(path, options)
    let action = try AtomicPairs.action(in: store)
    let other = try SchemaTests.raw(path)
    for number in 0..<10 as Range<UInt64> {
      try other.runScript("BEGIN IMMEDIATE")
      let told = Locked(StorageError.Code?.none)
      let writer = DedicatedThread {
        let stored = outcome { try AtomicPairs.store(number, in: store, action) }
        told.withLock { $0 = (stored.failure as? StorageError)?.code }
      }
      // Time enough for the writer to try, in most of the rounds.
      for _ in 0..<50 { _ = try store.read { try $0.counts(in: .all).total } }
      try other.runScript("COMMIT")
      try writer.join()
      #expect(told.withLock { $0 } == nil)
    }
    #expect(try store.read { try $0.counts(in: .all).total } == 20)
    other.close()
    try store.close()
  }

  @Test("refuses a second process while one has it open exclusively")
  func exclusive() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(
      path, SQLiteOptions(exclusive: true, busyTimeout: .milliseconds(50)))
    #expect(!store.traits.isSharedBetweenProcesses)
    #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
    let other = SQLiteEngineRegistry()
    expectCode(.busy) {
      _ = try other.open(path, SQLiteOptions(busyTimeout: .milliseconds(50)))
    }
    _ = try AtomicPairs.action(in: store)
    #expect(try store.info().openReaders == 0)
    try store.close()
    try other.open(path).close()
  }

  @Test(
    "refuses a file that it may not write, and a directory that it may not use",
    .enabled(if: getuid() == 0))
  func permissions() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    try SQLiteEngineRegistry().open(path).close()
    chmod(directory.url.path, 0o755)
    chmod(path, 0o444)
    #expect(try TestProcess("nobody", path).lines().first == "error readOnly")
    // The log beside it could not be made.
    chmod(path, 0o666)
    #expect(try TestProcess("nobody", path).lines().first == "error readOnly")
    #expect(try TestProcess("nobody", directory.path("new.db")).lines().first == "error cannotOpen")
  }

  // What is read is what was written, or it is an error; never a crash, never something else.
  @Test("finds out about damage, byte by byte")
  func damage() throws {
    var random = SeededGenerator.announced()
    let directory = try ScratchDirectory()
    let golden = try Data(contentsOf: SchemaTests.golden.appending(path: "schema-1.db"))
    var found: Set<String> = []
    for round in 0..<Rounds.scaled(300) {
      let path = directory.path("\(round).db")
      var damaged = golden
      if round == 1 {
        damaged.replaceSubrange(0..<16, with: Data(count: 16))
      } else if round % 10 == 0 {
        damaged = damaged.prefix(Int.random(in: 1..<golden.count, using: &random))
      } else {
        for _ in 0..<Int.random(in: 1...200, using: &random) {
          damaged[Int.random(in: 0..<golden.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      }
      try damaged.write(to: URL(fileURLWithPath: path))
      do {
        let store = try SQLiteEngineRegistry().open(path, .quick)
        defer { try? store.close() }
        _ = try store.integrityCheck()
        try store.read { session in
          _ = try session.plans(matching: PlanQuery(limit: .largest)).rows
          _ = try session.events(after: .start, limit: 100)
          _ = try session.action(ActionName("local/sample"))
        }
        found.insert("nothing")
      } catch {
        let code = (error as? StorageError)?.code
        found.insert(code?.rawValue ?? "another error: \(error)")
      }
      for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }
    #expect(found.contains("corrupt") && found.contains("notAStore"))
    // A file whose header names a later format for writing is one that SQLite only reads
    // (sqlite.org/fileformat2.html, "file format version numbers").
    let expected: Set = [
      "nothing", "corrupt", "notAStore", "schemaTooNew", "inputOutput", "outOfMemory", "full",
      "cannotOpen", "readOnly",
    ]
    #expect(found.isSubset(of: expected), "\(found)")
  }

  // Protection 4.
  @Test("gives each of 20,000 plans to one of eight processes")
  func claims() throws {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    let store = try SQLiteEngineRegistry().open(path, .quick)
    let action = try AtomicPairs.action(in: store)
    let count = Rounds.scaled(20_000)
    for start in stride(from: 0, to: count, by: 1_000) {
      try store.write { work in
        for number in start..<min(start + 1_000, count) {
          try work.store(Fixture.plan(UInt64(number), of: action))
        }
      }
    }
    let processes = try (0..<8).map { try TestProcess("claim", path, "w\($0)") }
    for process in processes { process.waitUntilReady() }
    for process in processes { try process.goOn() }
    let claimed = processes.map { $0.lines().filter { $0.utf8.count == 26 } }
    #expect(claimed.joined().count == count)
    #expect(Set(claimed.joined()).count == count)
    #expect(!claimed.contains { $0.isEmpty })
    let counts = try store.read { try $0.counts(in: .all) }
    #expect(counts[.strategizeProcessing] == count)
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }
}
