import CSQLite
import PlanStorage

/// Runs units of work on the writer's connection, several in one transaction.
///
/// Used by one thread at a time: whoever leads the queue.
final class BatchWriter: Sendable {
  /// What may be done to a batch on its way, so that tests can make a step fail.
  struct Hooks: Sendable {
    /// Before the commit of a batch of so many units of work.
    var beforeCommit: @Sendable (SQLiteConnection, Int) -> Void = { _, _ in }
    /// How long bodies are added to a batch, in nanoseconds: one that is slow keeps those behind it
    /// waiting, but not for a whole batch.
    var longestBatch: Int64 = 2_000_000
  }

  private let connection: SQLiteConnection
  private let log: LogKeeper
  private let hooks: Hooks
  /// Whether other processes may write to the database.
  private let isShared: Bool

  /// Asking costs a look into the directory, which is a good part of a small commit.
  private static let checkInterval: Int64 = 10_000_000
  private let nextCheck = Guarded<Int64>(0)

  init(
    _ connection: SQLiteConnection, log: LogKeeper, isShared: Bool, hooks: Hooks = Hooks()
  ) {
    self.connection = connection
    self.log = log
    self.isShared = isShared
    self.hooks = hooks
  }

  /// Copies the log into the database when it is due; errors are left to the next time.
  func lookAfterLog() { log.lookAfter(connection) }

  /// Runs the first jobs of a batch, at least one; how many have their outcome now.
  ///
  /// The others have not begun. Nobody is told of success before the commit has returned.
  func run(_ jobs: [Job]) -> Int {
    guard let first = jobs.first else { return 0 }
    if first.kind == .alone {
      _ = first.run(on: connection)
      return 1
    }
    do {
      try checkPlace()
      try connection.begin(.beginImmediate)
      if isShared { try connection.noticeOthers() }
    } catch {
      connection.rollBack()
      for job in jobs { job.failUnlessFailed(error) }
      return jobs.count
    }
    return runInTransaction(jobs)
  }

  /// Makes sure, every few milliseconds, that the file is still at its place.
  private func checkPlace() throws(StorageError) {
    let now = BusyWait.now()
    let isDue = nextCheck.withLock { next in
      guard now >= next else { return false }
      next = now + Self.checkInterval
      return true
    }
    if isDue { try connection.checkPlace() }
  }

  private func runInTransaction(_ jobs: [Job]) -> Int {
    let isAlone = jobs.count == 1
    let deadline = isAlone ? 0 : BusyWait.now() + hooks.longestBatch
    var (count, kept) = (0, 0)
    for job in jobs {
      if count > 0, BusyWait.now() > deadline { break }
      count += 1
      do {
        if !isAlone { try connection.run(.savepoint) }
        let hasSucceeded = job.run(on: connection)
        try connection.checkTransaction()
        if hasSucceeded {
          if !isAlone { try connection.run(.releaseSavepoint) }
          kept += 1
        } else if !isAlone {
          try connection.rollBackToSavepoint()
          try connection.run(.releaseSavepoint)
        }
      } catch {
        // The transaction is lost, and with it what the jobs before this one did. This one may
        // have an error of its own, or may believe that all went well.
        for job in jobs[..<count] { job.failUnlessFailed(error) }
        connection.rollBack()
        return count
      }
    }
    guard kept > 0 else {
      connection.rollBack()
      return count
    }
    hooks.beforeCommit(connection, kept)
    do {
      try connection.run(.commit)
    } catch {
      for job in jobs[..<count] { job.failUnlessFailed(error) }
      connection.rollBack()
    }
    return count
  }
}

extension SQLiteConnection {
  /// Throws when the transaction cannot be committed any more.
  func checkTransaction() throws(StorageError) {
    if let broken { throw broken }
    if isAutocommit {
      throw StorageError(
        .inputOutput, operation: "writing", subject: subject,
        reason: "SQLite has rolled the transaction back")
    }
  }

  /// Throws `moved` when the file is not at its place any more: what would be written to it, nobody
  /// would find again.
  func checkPlace() throws(StorageError) {
    var hasMoved: Int32 = 0
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    if hasMoved != 0 { throw StorageError(.moved, operation: "writing", subject: subject) }
  }
}
