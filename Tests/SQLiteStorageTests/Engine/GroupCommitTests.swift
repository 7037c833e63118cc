import Foundation
import CSQLite
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

// Protection 7. Who is acknowledged is exactly what is stored: whatever becomes of a batch, every
// caller's answer is compared with what a new engine finds in the file.
@Suite("Group commit", .dedicatedThread)
struct GroupCommitTests {
  @Test("commits units of work that queue together in one transaction")
  func together() throws {
    let fixture = try WriteQueueFixture()
    let outcomes = try fixture.inOneBatch(20) { number in
      try AtomicPairs.store(UInt64(number), in: fixture.store, fixture.action)
    }
    #expect(WriteQueueFixture.acknowledged(outcomes).count == 20)
    #expect(fixture.watch.batches.withLock { $0 } == [20])
    #expect(try fixture.storedPairs() == (0..<20).map { UInt64($0) })
  }

  // Without the savepoints the neighbours' work goes with that of the body that threw, or stays
  // with it; both are seen here.
  @Test("rolls back only the body that throws, in the middle of a batch")
  func throwing() throws {
    let fixture = try WriteQueueFixture()
    let outcomes = try fixture.inOneBatch(12) { number in
      try fixture.store.write { work in
        try work.store(Fixture.plan(UInt64(2 * number), of: fixture.action))
        if number % 3 == 1 { throw TestError() }
        try work.store(Fixture.plan(UInt64(2 * number + 1), of: fixture.action))
      }
    }
    let expected = (0..<12 as Range<UInt64>).filter { $0 % 3 != 1 }
    #expect(WriteQueueFixture.acknowledged(outcomes) == expected)
    #expect(fixture.watch.batches.withLock { $0 } == [8])
    #expect(try fixture.storedPairs() == expected)
  }

  @Test("goes on when every body of a batch throws")
  func allThrow() throws {
    let fixture = try WriteQueueFixture()
    let outcomes = try fixture.inOneBatch(3) { _ in
      try fixture.store.write { _ in throw TestError() }
    }
    #expect(WriteQueueFixture.acknowledged(outcomes).isEmpty)
    try AtomicPairs.store(7, in: fixture.store, fixture.action)
    #expect(try fixture.storedPairs() == [7])
  }

  // Acknowledge before COMMIT has returned, and all twelve are told of success.
  @Test("throws a failed commit to every caller of the batch")
  func failingCommit() throws {
    let fixture = try WriteQueueFixture()
    // A deferred constraint fails at the commit and nowhere else.
    fixture.watch.before.withLock {
      $0 = { connection in
        sqlite3_exec(
          connection.handle,
          """
          PRAGMA defer_foreign_keys = 1; \
          INSERT INTO terms VALUES (99, 12345, 1, 's', 'e', 'a', '[]', 1, 0, 0, 0, NULL)
          """, nil, nil, nil)
      }
    }
    let outcomes = try fixture.inOneBatch(12) { number in
      if number == 5 { return try fixture.store.write { _ in throw TestError() } }
      try AtomicPairs.store(UInt64(number), in: fixture.store, fixture.action)
    }
    fixture.watch.before.withLock { $0 = nil }
    #expect(WriteQueueFixture.acknowledged(outcomes).isEmpty)
    #expect(WriteQueueFixture.codes(outcomes).count { $0 == .inputOutput } == 11)
    try AtomicPairs.store(20, in: fixture.store, fixture.action)
    #expect(try fixture.storedPairs() == [20])
  }

  @Test("fails the callers whose work SQLite rolled back with the batch, and runs the others")
  func rolledBack() throws {
    let fixture = try WriteQueueFixture()
    try fixture.limitPages(10)
    let outcomes = try fixture.inOneBatch(12) { number in
      try fixture.store.write { work in
        try work.store(Fixture.plan(UInt64(2 * number), of: fixture.action))
        // The sixth fills the store, and thinks nothing of it.
        if number == 5 {
          for extra in 0..<2_000 {
            try? work.store(Fixture.plan(UInt64(10_000 + extra), of: fixture.action))
          }
        }
        try work.store(Fixture.plan(UInt64(2 * number + 1), of: fixture.action))
      }
    }
    try fixture.limitPages(nil)
    let acknowledged = WriteQueueFixture.acknowledged(outcomes)
    // The first six ran in the transaction that was lost; the others had not begun.
    #expect(WriteQueueFixture.codes(outcomes).prefix(6).allSatisfy { $0 == .full })
    #expect(acknowledged == [6, 7, 8, 9, 10, 11])
    #expect(try fixture.storedPairs() == acknowledged)
  }

  @Test("does nothing for a task that was cancelled while it queued")
  func cancelled() async throws {
    let fixture = try WriteQueueFixture()
    let plans = PlanLifecycleService(
      engine: fixture.store, environment: TestEnvironment().environment)
    let (store, action) = (fixture.store, fixture.action)
    let (isHeld, mayGoOn) = (StartBarrier(2), StartBarrier(2))
    let holder = DedicatedThread {
      _ = try? store.engine.alone("holding") { _ in
        try isHeld.wait()
        try mayGoOn.wait()
      }
    }
    try isHeld.wait()
    let (cancelled, other) = (
      Task { try await plans.write { _ = try $0.createAction(try Fixture.action("local/never")) } },
      Task { try await plans.write { _ = try $0.createAction(try Fixture.action("local/other")) } }
    )
    try await waitUntil("both tasks to queue") { store.engine.queued >= 2 }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    try mayGoOn.wait()
    try await other.value
    try holder.join()
    // Cancelling what has ended changes nothing.
    other.cancel()
    let names = try store.read { try $0.actions(matching: ActionQuery()).rows.map(\.name.name) }
    #expect(Set(names) == ["other", "sample"])
    withExtendedLifetime(action) {}
  }

  @Test("answers tasks, threads and closes exactly once each")
  func mixed() async throws {
    let fixture = try WriteQueueFixture()
    let (store, action) = (fixture.store, fixture.action)
    let done = SharedNumbers()
    let threads = (0..<8 as Range<UInt64>).map { thread in
      DedicatedThread {
        for number in 1_000 + thread * 10..<1_010 + thread * 10 {
          if (try? AtomicPairs.store(number, in: store, action)) != nil { done.insert(number) }
        }
      }
    }
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 as Range<UInt64> {
        group.addTask {
          for number in task * 10..<task * 10 + 10 {
            if await Self.submitPair(number, to: store, action) { done.insert(number) }
          }
        }
      }
    }
    for thread in threads { try thread.join() }
    #expect(done.all.count == 160)
    #expect(try Set(fixture.storedPairs()) == done.all)
    // After the close no call enters, and no call waits forever.
    expectCode(.closed) { try AtomicPairs.store(1, in: store, action) }
    let late: Result<Void, any Error> = await withCheckedContinuation { continuation in
      _ = store.submit { _ in
      } completion: {
        continuation.resume(returning: $0)
      }
    }
    expectCode(.closed) { try late.get() }
  }

  /// Numbers that several tasks collect.
  final class SharedNumbers: Sendable {
    private let numbers = Locked(Set<UInt64>())
    func insert(_ number: UInt64) { _ = numbers.withLock { $0.insert(number) } }
    var all: Set<UInt64> { numbers.withLock { $0 } }
  }

  static func submitPair(
    _ number: UInt64, to store: SQLiteStore, _ action: Action
  ) async -> Bool {
    await withCheckedContinuation { continuation in
      _ = store.submit { (work: any UnitOfWork) throws -> Void in
        try work.store(Fixture.plan(2 * number, of: action))
        try work.store(Fixture.plan(2 * number + 1, of: action))
      } completion: { result in
        continuation.resume(returning: (try? result.get()) != nil)
      }
    }
  }

  @Test("runs what has queued before it closes")
  func closing() throws {
    let fixture = try WriteQueueFixture()
    var closer: DedicatedThread?
    let outcomes = try fixture.inOneBatch(5) {
      closer = DedicatedThread { try? fixture.store.close() }
      // Nobody else is let in, and it waits for those who are.
      try blockUntil("the store to refuse calls") {
        !outcome { try fixture.store.using("looking") {} }.isSuccess
      }
    } _: { number in
      try AtomicPairs.store(UInt64(number), in: fixture.store, fixture.action)
    }
    try closer?.join()
    #expect(WriteQueueFixture.acknowledged(outcomes) == [0, 1, 2, 3, 4])
    #expect(try fixture.storedPairs() == [0, 1, 2, 3, 4])
  }

  @Test("refuses a unit of work inside another one, on whichever thread it runs")
  func nested() throws {
    let fixture = try WriteQueueFixture()
    let store = fixture.store
    let outcomes = try fixture.inOneBatch(4) { number in
      try store.write { work in
        switch number {
        case 0: _ = try store.write { try $0.counts(in: .all).total }
        case 1: _ = try store.read { try $0.counts(in: .all).total }
        case 2: try store.close()
        default: _ = try work.counts(in: .all)
        }
      }
    }
    #expect(
      WriteQueueFixture.codes(outcomes)
        == [.nestedUnitOfWork, .nestedUnitOfWork, .nestedUnitOfWork, nil])
    expectCode(.nestedUnitOfWork) {
      _ = try store.read { _ in try store.read { try $0.counts(in: .all).total } }
    }
  }

  @Test("notices a nested unit of work that the thread of another store runs")
  func nestedInTwo() throws {
    let (one, two) = (try WriteQueueFixture(), try WriteQueueFixture())
    let (isInside, mayGoOn) = (StartBarrier(2), StartBarrier(2))
    let result = Locked<Result<Void, any Error>?>(nil)
    // The body for the second store runs on the thread that holds its queue up, and asks there for
    // the first store, which waits for it.
    let caller = DedicatedThread {
      let ended = outcome {
        try one.store.write { _ in
          try isInside.wait()
          try mayGoOn.wait()
          try two.store.write { _ in _ = try one.store.write { try $0.counts(in: .all).total } }
        }
      }
      result.withLock { $0 = ended }
    }
    try isInside.wait()
    try two.holdingUp {
      try mayGoOn.wait()
      try blockUntil("the caller to queue") { two.store.engine.queued >= 1 }
    }
    try caller.join()
    expectCode(.nestedUnitOfWork) { try result.withLock { $0 }?.get() }
  }

  @Test("refuses a session that is used after its body")
  func escapedSession() throws {
    let fixture = try WriteQueueFixture()
    let escaped = EscapedSession()
    try fixture.store.write { work in escaped.hold(work) }
    expectCode(.sessionEnded) { _ = try escaped.use() }
    try fixture.store.write { _ in expectCode(.sessionEnded) { _ = try escaped.use() } }
    try fixture.store.read { session in
      let writer = session as? any UnitOfWork
      expectCode(.readOnly) { try writer?.insert(fixture.action) }
    }
  }

  /// A session that outlives its body, as no host could keep one of the lifecycle.
  final class EscapedSession: Sendable {
    private let session = Locked<UncheckedSession?>(nil)
    /// Unchecked because that is the offence: the compiler forbids it, and the store must as well.
    struct UncheckedSession: @unchecked Sendable { let value: any UnitOfWork }
    func hold(_ work: any UnitOfWork) { session.withLock { $0 = UncheckedSession(value: work) } }
    func use() throws -> Int? {
      try session.withLock { $0 }?.value.counts(in: .all).total
    }
  }
}

extension WriteQueueFixture {
  /// Limits the growth of the store to `more` pages; nil removes the limit.
  func limitPages(_ more: Int?) throws {
    _ = try store.engine.alone("limiting") { connection in
      let count = try connection.number("PRAGMA page_count")
      return try connection.number(
        "PRAGMA max_page_count = \(more.map { count + Int64($0) } ?? 1 << 30)")
    }
  }
}
