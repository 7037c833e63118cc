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
    var longestBatch: Int64 = 4_000_000
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

  /// Runs the first jobs of a batch, at least one, and those that come while it does; how many have
  /// their outcome now.
  ///
  /// The others have not begun. Nobody is told of success before the commit has returned. `late`
  /// gives more jobs for the same transaction, or none.
  func run(_ jobs: some Collection<Job>, late: () -> [Job] = { [] }) -> Int {
    guard let first = jobs.first else { return 0 }
    if first.kind == .alone {
      _ = first.run(on: connection)
      return 1
    }
    do {
      try checkPlace()
      try connection.begin(.beginImmediate)
      if isShared { connection.noticeOthers() }
    } catch {
      for job in jobs { job.failUnlessFailed(error) }
      return jobs.count
    }
    return runInTransaction(jobs, late)
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

  private func runInTransaction(_ jobs: some Collection<Job>, _ late: () -> [Job]) -> Int {
    var batch = Batch(deadline: BusyWait.now() + hooks.longestBatch)
    do {
      if jobs.count == 1, let job = jobs.first {
        // Nothing to take back but everything.
        batch.begun.append(job)
        if job.run(on: connection) { batch.kept = 1 }
        try connection.checkTransaction()
      } else {
        try run(jobs, in: &batch)
      }
      while batch.kept > 0, BusyWait.now() < batch.deadline {
        let more = late()
        if more.isEmpty { break }
        try run(more, in: &batch)
      }
      guard batch.kept > 0 else {
        connection.rollBack()
        return batch.begun.count
      }
      hooks.beforeCommit(connection, batch.kept)
      try connection.commit()
    } catch {
      // The transaction is lost, and with it what all of these did. They may have errors of their
      // own, or may believe that all went well.
      for job in batch.begun { job.failUnlessFailed(error) }
      connection.rollBack()
    }
    return batch.begun.count
  }

  /// What has become of a batch so far.
  private struct Batch {
    let deadline: Int64
    var begun: [Job] = []
    /// How many have something to be committed.
    var kept = 0
  }

  /// Runs jobs until it has taken too long, each so that it can be taken back by itself.
  private func run(_ jobs: some Collection<Job>, in batch: inout Batch) throws(StorageError) {
    for job in jobs {
      if !batch.begun.isEmpty, BusyWait.now() > batch.deadline { return }
      batch.begun.append(job)
      connection.beginUnit()
      let hasSucceeded = job.run(on: connection)
      try connection.checkTransaction()
      if hasSucceeded {
        try connection.keepUnit()
        batch.kept += 1
      } else {
        try connection.undoUnit()
      }
    }
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
