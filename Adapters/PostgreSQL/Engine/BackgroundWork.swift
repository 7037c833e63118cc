import PlanDomain
import PlanStorage
import Synchronization

/// What an engine does beside its units of work, once for many of them, on a thread of the pool.
///
/// Sums the changes of the numbers of plans and removes tokens of units of work that nobody asks for
/// any more. Errors are left out: the next time does the same. Safe to use from any thread.
final class BackgroundWork: Sendable {
  /// The number of units of work after which it is done.
  static let interval = 1_000

  private let pool: PostgreSQLPool
  private let keys: StoreKeys
  private let count = Atomic(0)
  private let isRunning = Atomic(false)

  init(_ pool: PostgreSQLPool, _ keys: StoreKeys) {
    self.pool = pool
    self.keys = keys
  }

  /// Counts a unit of work that left something to do.
  func note() {
    let count = count.wrappingAdd(1, ordering: .relaxed).newValue
    guard count % Self.interval == 0, !isRunning.exchange(true, ordering: .acquiring) else {
      return
    }
    _ = pool.submit("maintaining") { [self] connection in
      try run(on: connection)
    } completion: { [self] (_: Result<Void, any Error>) in
      isRunning.store(false, ordering: .releasing)
    }
  }

  /// Does what is to be done, in a transaction of its own.
  func run(on connection: PostgreSQLConnection) throws(StorageError) {
    _ = try connection.rows("maintaining", SQL.sumCounts, [.int(keys.counts)])
    _ = try connection.rows("maintaining", SQL.removeOldUnitsOfWork)
  }
}
