import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

#if os(Linux)
  @Suite("The system tells a SQLite store of writes to its log", .dedicatedThread)
  struct LogWriteSignalTests {
    private let fixture: SuspensionTests.SuspensionFixture
    private var store: SQLiteStore { fixture.store }

    init() throws { fixture = try SuspensionTests.SuspensionFixture() }

    /// Counts its calls.
    private final class Calls: Sendable {
      let count = Locked(0)
      var handler: @Sendable () -> Void { { self.count.withLock { $0 += 1 } } }
      var all: Int { count.withLock { $0 } }
    }

    /// Writes with connections that this store's engine does not have, like another process.
    private func writeElsewhere(_ value: UInt64) throws {
      let other = try SQLiteEngineRegistry().open(fixture.path, .quick)
      try AtomicPairs.store(value, in: other, fixture.action)
      try other.close()
    }

    @Test("once for each call, however much is written, and not before")
    func once() throws {
      let calls = Calls()
      for round in 1...20 as ClosedRange<UInt64> {
        #expect(store.onNextWrite(calls.handler))
        _ = try fixture.count()
        #expect(calls.all == Int(round) - 1)
        try writeElsewhere(10 * round)
        try blockUntil("the call") { calls.all == Int(round) }
        try writeElsewhere(10 * round + 1)
      }
      #expect(calls.all == 20)
    }

    @Test("also of its own writes, and all who asked")
    func own() throws {
      let (first, second) = (Calls(), Calls())
      #expect(store.onNextWrite(first.handler))
      #expect(store.onNextWrite(second.handler))
      try AtomicPairs.store(7, in: store, fixture.action)
      try blockUntil("both calls") { first.all == 1 && second.all == 1 }
    }

    @Test("when the log is removed, and when the store is closed")
    func ended() throws {
      let (removed, closed) = (Calls(), Calls())
      #expect(store.onNextWrite(removed.handler))
      unlink(fixture.path + "-wal")
      try blockUntil("the call after the removal") { removed.all == 1 }
      // Nothing is left that could be written to.
      #expect(!store.onNextWrite(closed.handler))
      let other = try SuspensionTests.SuspensionFixture()
      #expect(other.store.onNextWrite(closed.handler))
      try other.store.close()
      try blockUntil("the call after closing") { closed.all == 1 }
    }

    @Test("not while the store is suspended: who waits then is called, and who asks is refused")
    func suspended() throws {
      let calls = Calls()
      #expect(store.onNextWrite(calls.handler))
      try fixture.suspend(within: TimeoutError.limit)
      try blockUntil("the call after the suspension") { calls.all == 1 }
      #expect(!store.onNextWrite(calls.handler))
      try writeElsewhere(3)
      try fixture.resume()
      #expect(store.onNextWrite(calls.handler))
      #expect(calls.all == 1)
      try writeElsewhere(4)
      try blockUntil("the call") { calls.all == 2 }
    }

    /// A store that is open for reading only, on the same file, as another process has it.
    private func looking() throws -> SQLiteReadOnlyStore {
      try SQLiteEngineRegistry().openReadOnly(fixture.path)
    }

    @Test("a store that only reads of the writes to a log, and not of its own reads")
    func readOnly() throws {
      try AtomicPairs.store(1, in: store, fixture.action)
      let (looking, calls) = (try looking(), Calls())
      for round in 1...5 as ClosedRange<UInt64> {
        #expect(looking.onNextWrite(calls.handler))
        for _ in 1...3 { try looking.read { _ = try $0.feedState() } }
        #expect(calls.all == Int(round) - 1)
        try AtomicPairs.store(10 * round, in: store, fixture.action)
        try blockUntil("the call") { calls.all == Int(round) }
      }
      try looking.close()
      #expect(calls.all == 5)
    }

    @Test("a store that only reads of the creation of a log, and of no other file")
    func creation() throws {
      try store.close()
      #expect(!FileManager.default.fileExists(atPath: fixture.path + "-wal"))
      let (looking, calls) = (try looking(), Calls())
      #expect(looking.onNextWrite(calls.handler))
      for number in 1...100 {
        let other = fixture.path + "-\(number)"
        #expect(FileManager.default.createFile(atPath: other, contents: nil))
        try FileManager.default.removeItem(atPath: other)
      }
      #expect(calls.all == 0)
      try writeElsewhere(2)
      try blockUntil("the call") { calls.all == 1 }
      // That process has removed its log: the next one is told of as well.
      #expect(looking.onNextWrite(calls.handler))
      try writeElsewhere(3)
      try blockUntil("the second call") { calls.all == 2 }
      try looking.close()
    }

    @Test("a store that only reads of its own end, and of nothing afterwards")
    func readerEnds() throws {
      try store.close()
      let (closed, released) = (Calls(), Calls())
      let looking = try looking()
      #expect(looking.onNextWrite(closed.handler))
      try looking.close()
      try blockUntil("the call after closing") { closed.all == 1 }
      #expect(!looking.onNextWrite(closed.handler))
      do { #expect(try self.looking().onNextWrite(released.handler)) }
      try blockUntil("the call after the release") { released.all == 1 }
    }

    @Test("nothing where no other process can write")
    func unshared() throws {
      let exclusive = try SuspensionTests.SuspensionFixture(SQLiteOptions(exclusive: true))
      #expect(!exclusive.store.onNextWrite {})
      let inMemory = try SQLiteEngineRegistry().openMemory()
      #expect(!inMemory.onNextWrite {})
    }
  }
#endif
