import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import SQLiteStorage

/// What a test does before a batch is committed, and how large the batches were.
final class CommitWatch: Sendable {
  let batches = Locked([Int]())
  let before = Locked<(@Sendable (SQLiteConnection) -> Void)?>(nil)

  func call(_ connection: SQLiteConnection, _ count: Int) {
    batches.withLock { $0.append(count) }
    before.withLock { $0 }?(connection)
  }
}

/// A store whose queue a test holds up, so that what comes meanwhile is one batch.
final class WriteQueueFixture: Sendable {
  let directory: ScratchDirectory
  let path: String
  let store: SQLiteStore
  let action: Action
  let watch = CommitWatch()

  init(
    limits: WALCheckpointer.Limits = WALCheckpointer.Limits(),
    lookInterval: Int64 = DatabaseFileMonitor.usualInterval
  ) throws {
    directory = try ScratchDirectory()
    path = directory.path("plans.db")
    var probes = SQLiteEngine.Probes()
    probes.logLimits = limits
    probes.lookInterval = lookInterval
    probes.hooks.longestBatch = 3_600_000_000_000
    probes.hooks.beforeCommit = { [watch] connection, count in watch.call(connection, count) }
    store = try SQLiteEngineRegistry(probes: probes).open(path, .quick)
    action = try AtomicPairs.action(in: store)
    watch.batches.withLock { $0 = [] }
  }

  /// Holds the queue up while the body runs.
  func holdingUp<R>(_ body: () throws -> R) throws -> R {
    let (isHeld, mayGoOn) = (StartBarrier(2), StartBarrier(2))
    let holder = DedicatedThread { [store] in
      _ = try? store.engine.alone("holding") { _ in
        try isHeld.wait()
        try mayGoOn.wait()
      }
    }
    try isHeld.wait()
    let result = Result { try body() }
    try mayGoOn.wait()
    try holder.join()
    return try result.get()
  }

  /// Blocks until `count` threads have queued in order, then lets them run; returns the result of each.
  ///
  /// `whileQueued` runs when all of them queue.
  func inOneBatch(
    _ count: Int, whileQueued: () throws -> Void = {},
    _ call: @escaping @Sendable (Int) throws -> Void
  ) throws -> [Result<Void, any Error>] {
    let outcomes = Locked([Int: Result<Void, any Error>]())
    var callers: [DedicatedThread] = []
    try holdingUp {
      for number in 0..<count {
        callers.append(
          DedicatedThread {
            let result = outcome { try call(number) }
            outcomes.withLock { $0[number] = result }
          })
        try blockUntil("caller \(number) to queue") { store.engine.queued >= number + 1 }
      }
      try whileQueued()
    }
    for caller in callers { try caller.join() }
    return outcomes.withLock { outcomes in (0..<count).compactMap { outcomes[$0] } }
  }

  /// The numbers of the pairs that a new engine finds, each whole.
  func storedPairs() throws -> [UInt64] {
    try store.close()
    let fresh = try SQLiteEngineRegistry().open(path)
    let (plans, events) = try fresh.read { session in
      (
        try session.plans(matching: PlanQuery(order: .oldestFirst, limit: .largest)).rows,
        try session.events(after: .start, limit: .max)
      )
    }
    #expect(try fresh.integrityCheck().isSound)
    try fresh.close()
    let numbers = plans.map(\.id.ulid.low)
    #expect(numbers.filter { $0 % 2 == 0 }.map { $0 + 1 } == numbers.filter { $0 % 2 == 1 })
    #expect(Set(events.map(\.event.plan)) == Set(plans.map(\.id)))
    return numbers.filter { $0 % 2 == 0 }.map { $0 / 2 }
  }

  /// The numbers of the callers that were told of success.
  static func acknowledged(_ outcomes: [Result<Void, any Error>]) -> [UInt64] {
    outcomes.indices.filter { (try? outcomes[$0].get()) != nil }.map { UInt64($0) }
  }

  static func codes(_ outcomes: [Result<Void, any Error>]) -> [StorageError.Code?] {
    outcomes.map { outcome in
      if case .failure(let error) = outcome { (error as? StorageError)?.code } else { nil }
    }
  }
}
