import PlanStorage

/// Runs units of work on the writer's connection, several in one transaction.
///
/// Used by one thread at a time: the one that leads the queue.
final class BatchWriter: Sendable {
  /// Functions that run at points of a batch, so that tests can make a step fail.
  struct Hooks: Sendable {
    /// Runs before the commit, with the number of units of work in the batch.
    var beforeCommit: @Sendable (SQLiteConnection, Int) -> Void = { _, _ in }
    /// Runs after the commit, before it is acknowledged.
    var afterCommit: @Sendable () -> Void = {}
    /// How long bodies are added to a batch, in nanoseconds; limits how long a batch of slow bodies
    /// delays those in the queue.
    var longestBatch: Int64 = 4_000_000
  }

  private let connection: SQLiteConnection
  private let log: WALCheckpointer
  private let hooks: Hooks
  /// Whether other processes may write to the database.
  private let isShared: Bool
  /// The newest schema version that this process supports.
  private let newestSchema: Int
  /// Nil for an in-memory database.
  private let files: DatabaseFileMonitor?
  /// Whether the files are checked before each acknowledgement; otherwise at intervals only.
  ///
  /// A check takes a large part of the time of a commit that does not wait for a disk.
  private let checksEachCommit: Bool
  private let termination: EngineTermination
  private let observers: ActivityObservers

  init(
    _ connection: SQLiteConnection, log: WALCheckpointer, isShared: Bool, newestSchema: Int,
    files: DatabaseFileMonitor?, checksEachCommit: Bool, termination: EngineTermination,
    observers: ActivityObservers, hooks: Hooks = Hooks()
  ) {
    self.connection = connection
    self.log = log
    self.isShared = isShared
    self.newestSchema = newestSchema
    self.files = files
    self.checksEachCommit = checksEachCommit
    self.termination = termination
    self.observers = observers
    self.hooks = hooks
  }

  /// Checkpoints when it is due and the files are in place; after an error, the next call retries.
  func checkpointIfDue() {
    guard !termination.isTerminated, !connection.isRevoked, log.isDue else { return }
    do { try files?.check("writing") } catch { return termination.note(error) }
    log.checkpoint(connection)
  }

  /// Runs the first units of work of a batch, at least one, in one transaction.
  ///
  /// Returns the number of units that have their outcome, including those that `late` returned; the
  /// others have not begun. A unit succeeds only after the commit has returned. `late` returns more
  /// units for the same transaction, or none.
  func run(_ units: some Collection<PendingUnitOfWork>, late: () -> [PendingUnitOfWork] = { [] })
    -> Int
  {
    guard let first = units.first else { return 0 }
    do {
      if first.kind == .closing {
        _ = first.run(on: connection)
        return 1
      }
      try termination.check("writing")
      try connection.checkNotRevoked("writing")
      if first.kind == .alone {
        try files?.check("using")
        _ = first.run(on: connection)
        return 1
      }
      try files?.checkWhenDue("writing")
      try connection.begin(.beginImmediate)
      if isShared { try checkOtherProcesses() }
    } catch {
      termination.note(error)
      connection.rollBack()
      if first.kind.isAlone {
        first.failUnlessFailed(error)
        return 1
      }
      for unit in units { unit.failUnlessFailed(error) }
      return units.count
    }
    return runInTransaction(units, late)
  }

  /// Checks, in the transaction, whether other processes have committed after this one.
  ///
  /// Throws `schemaTooNew` when one of them has migrated the schema to an unsupported version.
  private func checkOtherProcesses() throws(StorageError) {
    guard connection.invalidatePlansIfChanged() else { return }
    var query = try connection.query(.schemaVersion)
    let version = try query.next() ? query.int() : 0
    guard version <= newestSchema else {
      throw .schemaTooNew(
        found: version, supported: newestSchema, operation: "writing", connection.subject)
    }
  }

  private func runInTransaction(
    _ units: some Collection<PendingUnitOfWork>, _ late: () -> [PendingUnitOfWork]
  ) -> Int {
    var batch = Batch(deadline: BusyWait.now() + hooks.longestBatch)
    do {
      if units.count == 1, let unit = units.first {
        // A single unit of work is rolled back with its transaction and needs no undo log.
        batch.begun.append(unit)
        if unit.run(on: connection) { batch.kept = 1 }
        try connection.checkTransaction()
      } else {
        try run(units, in: &batch)
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
      if checksEachCommit { try files?.check("writing") }
      if !observers.isEmpty { report(batch) }
    } catch {
      termination.note(error)
      // The transaction is lost with the changes of all its units of work; those that threw keep
      // their own error.
      let isLost = connection.isRevoked && !termination.isTerminated
      for unit in batch.begun {
        unit.failUnlessFailed(isLost ? connection.suspended("writing") : error)
      }
      connection.rollBack()
    }
    return batch.begun.count
  }

  private func report(_ batch: Batch) {
    // The deadline was set when the batch began.
    let duration = Duration.nanoseconds(BusyWait.now() - (batch.deadline - hooks.longestBatch))
    observers.report(.committed(unitsOfWork: batch.kept, duration: duration))
  }

  /// The state of a running batch.
  private struct Batch {
    let deadline: Int64
    var begun: [PendingUnitOfWork] = []
    /// The number of units of work that succeeded and must be committed.
    var kept = 0
  }

  /// Runs units of work until the deadline; each can be rolled back separately.
  private func run(_ units: some Collection<PendingUnitOfWork>, in batch: inout Batch)
    throws(StorageError)
  {
    for unit in units {
      if !batch.begun.isEmpty, BusyWait.now() > batch.deadline { return }
      batch.begun.append(unit)
      connection.beginUnit()
      let hasSucceeded = unit.run(on: connection)
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
  /// Throws `suspended` when the connection was taken away.
  func checkNotRevoked(_ operation: String) throws(StorageError) {
    if isRevoked { throw suspended(operation) }
  }

  /// Throws when the transaction can no longer be committed.
  func checkTransaction() throws(StorageError) {
    try checkNotRevoked("writing")
    if let broken { throw broken }
    if isAutocommit {
      // Also the answer of a connection that was taken away just now.
      try checkNotRevoked("writing")
      throw StorageError(
        .inputOutput, operation: "writing", subject: subject,
        reason: "SQLite rolled the transaction back")
    }
  }
}
