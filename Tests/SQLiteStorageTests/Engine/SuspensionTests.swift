import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("A suspended SQLite store", .dedicatedThread)
struct SuspensionTests {
  /// A store with a pair of plans, whose readers are open.
  struct SuspensionFixture: Sendable {
    let directory: ScratchDirectory
    let path: String
    let registry: SQLiteEngineRegistry
    let store: SQLiteStore
    let action: Action

    init(
      _ options: SQLiteOptions = .quick, _ change: (inout SQLiteEngine.Probes) -> Void = { _ in }
    ) throws {
      directory = try ScratchDirectory()
      path = directory.path("plans.db")
      var probes = SQLiteEngine.Probes()
      change(&probes)
      registry = SQLiteEngineRegistry(probes: probes)
      store = try registry.open(path, options)
      action = try AtomicPairs.action(in: store)
      try AtomicPairs.store(0, in: store, action)
      _ = try count()
    }

    func count(_ other: SQLiteStore? = nil) throws -> Int {
      try (other ?? store).read { try $0.counts(in: .all).total }
    }

    /// Suspends the store, again while a call to the file system is still running.
    func suspend(within limit: Duration) throws {
      try repeatingWhileBusy("the suspension") { try store.suspend(.fail, within: limit) }
    }

    /// Resumes the store, again while a body of before the suspension is still running.
    func resume() throws { try repeatingWhileBusy("the resumption") { try store.resume() } }

    private func repeatingWhileBusy(_ what: String, _ call: () throws -> Void) throws {
      try blockUntil(what) {
        do { try call() } catch StorageError.Code.busy { return false }
        return true
      }
    }

    /// The system says that nothing of the files is held, if it tells.
    func expectNothingHeld() throws {
      if HeldFiles.areKnown { #expect(try HeldFiles(of: path) == .none) }
    }
  }

  @Test(
    "holds no descriptor, lock or mapping of its files, whatever was done with it",
    .enabled(if: HeldFiles.areKnown, "the system does not list what a process holds"),
    arguments: [SQLiteOptions.standard, .quick, SQLiteOptions(exclusive: true)])
  func held(options: SQLiteOptions) throws {
    let fixture = try SuspensionFixture(options)
    let store = fixture.store
    for round in 0..<3 as Range<UInt64> {
      _ = try store.info()
      _ = try store.integrityCheck()
      _ = try store.schema()
      _ = try store.migrate()
      try store.backup(to: fixture.directory.path("copy-\(round)"))
      try AtomicPairs.store(round + 1, in: store, fixture.action)
      if round == 1 { _ = try store.checkpoint() }
      // The system's list is read in pieces, between which other processes release locks: it can
      // lack some that are held.
      try blockUntil("the system to list descriptors and locks") {
        let before = try HeldFiles(of: fixture.path)
        return !before.descriptors.isEmpty && !before.locks.isEmpty
          && before.mappings.isEmpty == options.exclusive
      }
      try store.suspend(.fail, within: TimeoutError.limit)
      #expect(try HeldFiles(of: fixture.path) == .none)
      try store.resume()
      #expect(try fixture.count() == 4 + 2 * Int(round))
    }
    try store.close()
    #expect(try HeldFiles(of: fixture.path) == .none)
  }

  @Test("refuses every operation of maintenance, and asking for its schema")
  func maintenance() throws {
    let fixture = try SuspensionFixture()
    let (store, copy) = (fixture.store, fixture.directory.path("copy.db"))
    try store.suspend(.wait, within: TimeoutError.limit)
    expectCode(.suspended) { _ = try store.info() }
    expectCode(.suspended) { _ = try store.checkpoint() }
    expectCode(.suspended) { _ = try store.integrityCheck() }
    expectCode(.suspended) { _ = try store.schema() }
    expectCode(.suspended) { _ = try store.migrate() }
    expectCode(.suspended) { try store.backup(to: copy) }
    expectCode(.suspended) { _ = try fixture.registry.schema(at: fixture.path, timeout: .zero) }
    #expect(!FileManager.default.fileExists(atPath: copy))
    try fixture.expectNothingHeld()
    try store.resume()
    #expect(try store.integrityCheck().isSound)
    try store.close()
  }

  // Close the connection only when its body has ended, and this waits for ever.
  @Test(
    "takes the connection away from a body that does not end, and rolls its work back",
    arguments: [true, false])
  func stuck(isWrite: Bool) throws {
    let fixture = try SuspensionFixture()
    let (began, isSuspended) = (Latch<Void>(), Latch<Void>())
    let result = Locked<Result<Void, any Error>?>(nil)
    let body = DedicatedThread {
      let outcome = outcome {
        if isWrite {
          try fixture.store.write { work in
            try AtomicPairs.pair(1, in: work, fixture.action)
            began.open(with: ())
            try isSuspended.wait(for: "the suspension")
            try? AtomicPairs.pair(2, in: work, fixture.action)
          }
        } else {
          try fixture.store.read { session in
            _ = try session.counts(in: .all)
            began.open(with: ())
            try isSuspended.wait(for: "the suspension")
            _ = try session.counts(in: .all)
          }
        }
      }
      result.withLock { $0 = outcome }
    }
    try began.wait(for: "the body to begin")
    try fixture.store.suspend(.fail, within: .milliseconds(20))
    try fixture.expectNothingHeld()
    isSuspended.open(with: ())
    try body.join()
    expectCode(.suspended) { try result.withLock { $0 }?.get() }
    try fixture.expectNothingHeld()
    try fixture.store.resume()
    #expect(try fixture.count() == 2)
    try AtomicPairs.store(1, in: fixture.store, fixture.action)
    #expect(try fixture.count() == 4 && fixture.store.integrityCheck().isSound)
    try fixture.store.close()
  }

  @Test("cannot be resumed while a body of before the suspension uses the writer, but later")
  func stuckAtResume() throws {
    let fixture = try SuspensionFixture(SQLiteOptions(durability: .normal, busyTimeout: .zero))
    let (began, mayEnd) = (Latch<Void>(), Latch<Void>())
    let body = DedicatedThread {
      try? fixture.store.write { _ in
        began.open(with: ())
        try mayEnd.wait(for: "the test")
      }
    }
    try began.wait(for: "the body to begin")
    try fixture.store.suspend(.fail, within: .zero)
    expectCode(.busy) { try fixture.store.resume() }
    expectCode(.suspended) { _ = try fixture.count() }
    try fixture.expectNothingHeld()
    mayEnd.open(with: ())
    try body.join()
    try fixture.store.resume()
    #expect(try fixture.count() == 2)
    try fixture.store.close()
  }

  // Leave the busy handler out of it, and the suspension waits for the other connection.
  @Test("ends the wait for the lock of another process")
  func waitingForLock() throws {
    let fixture = try SuspensionFixture(
      SQLiteOptions(durability: .normal, busyTimeout: TimeoutError.limit))
    let other = try SchemaTests.raw(fixture.path)
    try other.begin(.beginImmediate)
    let began = Latch<Void>()
    let result = Locked<Result<Void, any Error>?>(nil)
    let writer = DedicatedThread {
      began.open(with: ())
      let outcome = outcome { try AtomicPairs.store(1, in: fixture.store, fixture.action) }
      result.withLock { $0 = outcome }
    }
    try began.wait(for: "the writer to begin")
    try blockUntil("the writer to lead the queue") { !fixture.store.engine.queue.isIdle }
    try fixture.store.suspend(.fail, within: .zero)
    try writer.join()
    expectCode(.suspended) { try result.withLock { $0 }?.get() }
    other.close()
    try fixture.expectNothingHeld()
    try fixture.store.resume()
    #expect(try fixture.count() == 2)
    try fixture.store.close()
  }

  @Test("interrupts a backup and removes the copy")
  func backup() throws {
    let fixture = try SuspensionFixture()
    for number in 1..<300 as Range<UInt64> {
      try AtomicPairs.store(number, in: fixture.store, fixture.action)
    }
    let copy = fixture.directory.path("copy.db")
    let engine = fixture.store.engine
    let suspending = Locked<DedicatedThread?>(nil)
    let result = outcome {
      try fixture.store.backup(to: copy) { _, _ in
        guard suspending.withLock({ $0 }) == nil else { return }
        let thread = DedicatedThread { try fixture.store.suspend(.fail, within: .zero) }
        suspending.withLock { $0 = thread }
        try? blockUntil("the suspension to begin") { engine.suspension.isSuspended }
      }
    }
    try suspending.withLock { $0 }?.join()
    // The copy may have been finished before its connection was taken away.
    if !result.isSuccess {
      expectCode(.suspended) { try result.get() }
      #expect(!FileManager.default.fileExists(atPath: copy))
    }
    try fixture.expectNothingHeld()
    try fixture.store.resume()
    #expect(try fixture.count() == 600)
    try fixture.store.close()
  }

  @Test("is one for all that share it, also for those that open it meanwhile")
  func shared() throws {
    let fixture = try SuspensionFixture()
    try FileManager.default.createSymbolicLink(
      atPath: fixture.directory.path("link.db"), withDestinationPath: "plans.db")
    let second = try fixture.registry.open(fixture.directory.path("link.db"), .quick)
    try second.suspend(.fail, within: TimeoutError.limit)
    let third = try fixture.registry.open(fixture.path, .quick)
    for store in [fixture.store, second, third] {
      expectCode(.suspended) { _ = try fixture.count(store) }
    }
    try fixture.expectNothingHeld()
    try second.close()
    expectCode(.suspended) { _ = try fixture.count(third) }
    try third.resume()
    #expect(try fixture.count() == 2 && fixture.count(third) == 2)
    try fixture.store.close()
    try third.close()
  }

  @Test("may be closed, and is opened again with all that it had")
  func closed() throws {
    let fixture = try SuspensionFixture()
    try fixture.store.suspend(.fail, within: TimeoutError.limit)
    try fixture.store.close()
    try fixture.expectNothingHeld()
    let again = try fixture.registry.open(fixture.path, .quick)
    #expect(again.engine !== fixture.store.engine)
    #expect(try fixture.count(again) == 2)
    try again.close()
  }
}
