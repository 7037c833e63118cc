import PlanStorage

/// Runs units of work on the writer's connection, several in one transaction.
///
/// Used by one thread at a time: whoever leads the queue.
final class BatchWriter: Sendable {
  /// What may be done to a batch on its way, so that tests can make a step fail.
  struct Hooks: Sendable {
    /// Before the commit of a batch of so many units of work.
    var beforeCommit: @Sendable (SQLiteConnection, Int) -> Void = { _, _ in }
    /// After the commit, before anybody is told.
    var afterCommit: @Sendable () -> Void = {}
    /// How long bodies are added to a batch, in nanoseconds: one that is slow keeps those behind it
    /// waiting, but not for a whole batch.
    var longestBatch: Int64 = 4_000_000
  }

  private let connection: SQLiteConnection
  private let log: WALCheckpointer
  private let hooks: Hooks
  /// Whether other processes may write to the database.
  private let isShared: Bool
  /// The newest schema that this process knows.
  private let newestSchema: Int
  /// Nil for a database in memory.
  private let files: DatabaseFiles?
  /// Whether nobody is told of success before another look at the files; otherwise they are looked
  /// at when it is due.
  ///
  /// A look costs as much as a good part of a commit that waits for no disk.
  private let looksAtEachCommit: Bool
  private let end: EngineTermination

  init(
    _ connection: SQLiteConnection, log: WALCheckpointer, isShared: Bool, newestSchema: Int,
    files: DatabaseFiles?, looksAtEachCommit: Bool, end: EngineTermination, hooks: Hooks = Hooks()
  ) {
    self.connection = connection
    self.log = log
    self.isShared = isShared
    self.newestSchema = newestSchema
    self.files = files
    self.looksAtEachCommit = looksAtEachCommit
    self.end = end
    self.hooks = hooks
  }

  /// Copies the log into the database when it is due and the files are where they were; errors are
  /// left to the next time.
  func lookAfterLog() {
    guard !end.isOver, log.isDue else { return }
    do { try files?.check("writing") } catch { return end.note(error) }
    log.lookAfter(connection)
  }

  /// Runs the first jobs of a batch, at least one, and those that come while it does; how many have
  /// their outcome now.
  ///
  /// The others have not begun. Nobody is told of success before the commit has returned. `late`
  /// gives more jobs for the same transaction, or none.
  func run(_ jobs: some Collection<Job>, late: () -> [Job] = { [] }) -> Int {
    guard let first = jobs.first else { return 0 }
    do {
      if first.kind == .closing {
        _ = first.run(on: connection)
        return 1
      }
      try end.check("writing")
      if first.kind == .alone {
        try files?.check("using")
        _ = first.run(on: connection)
        return 1
      }
      try files?.checkWhenDue("writing")
      try connection.begin(.beginImmediate)
      if isShared { try noticeOthers() }
    } catch {
      end.note(error)
      connection.rollBack()
      if first.kind.isAlone {
        first.failUnlessFailed(error)
        return 1
      }
      for job in jobs { job.failUnlessFailed(error) }
      return jobs.count
    }
    return runInTransaction(jobs, late)
  }

  /// Looks, in the transaction, whether others have committed, and whether one of them has brought
  /// the schema to a version that this process does not know.
  private func noticeOthers() throws(StorageError) {
    guard connection.noticeOthers() else { return }
    var query = try connection.query(.schemaVersion)
    let version = try query.next() ? query.int() : 0
    guard version <= newestSchema else {
      throw .schemaTooNew(
        found: version, supported: newestSchema, operation: "writing", connection.subject)
    }
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
      hooks.afterCommit()
      if looksAtEachCommit { try files?.check("writing") }
    } catch {
      end.note(error)
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
}
