import PlanDomain
import PlanStorage

/// Suspension: the engine stays, but holds no connection to its file.
///
/// The queue and the pool stay as well, so that all stores of the database go on with the same
/// engine.
extension SQLiteEngine {
  /// How long a suspension waits for calls to the file system that it has interrupted.
  private static var patience: Duration { .seconds(5) }

  /// Refuses new calls, waits for running ones, and closes all connections.
  ///
  /// At `limit`, takes the connections away from the bodies that still run: their transactions are
  /// rolled back. Before it, copies the log, so that SQLite removes it with the last connection: a
  /// file without a log cannot be separated from it. Throws `busy` when a statement, a
  /// checkpoint or a backup, which are interrupted, does not end within a further `patience`.
  func suspend(_ calls: SuspendedCalls, within limit: Duration) throws(StorageError) {
    do { try checkEntry("suspending") } catch {
      // A terminated engine closes its connections itself.
      if termination.isTerminated { _ = closed.wait(atMost: limit) }
      throw error
    }
    try suspending.withLock { (_) throws(StorageError) in
      suspension.begin(calls)
      queue.suspend()
      readers?.suspend()
      writes?.stop()
      let end = BusyWait.now() + limit.nanoseconds
      let isIdle = waitUntilIdle(until: end)
      guard identity.path != nil else {
        // The contents of a database in memory end with its connection.
        if !isIdle { writer.revoke() }
        return
      }
      let isCopied = isIdle && BusyWait.now() < end && copyLog()
      files?.pause()
      let last = BusyWait.now() + Self.patience.nanoseconds
      // The writer is the last, because readers do not remove the log.
      let areReadersClosed = readers?.takeAwayAll(until: last) ?? true
      let isWriterClosed = writer.takeAway(until: last, leavesLog: !isCopied)
      guard isWriterClosed, areReadersClosed else {
        throw StorageError(
          .busy, operation: "suspending", subject: identity.subject,
          reason: "a call to the file system is still running; suspend it again to wait for it")
      }
    }
  }

  /// Copies the log while nothing runs; returns whether it has been copied as a whole.
  private func copyLog() -> Bool {
    guard !writer.isRevoked, (try? files?.check("suspending")) != nil else { return false }
    return log.copyAtOnce(writer)
  }

  /// Opens the writer's connection again and admits calls.
  ///
  /// Readers are opened on demand. Throws `moved` and `schemaTooNew`, after which the engine is
  /// terminated; `busy` when another process keeps the file locked, or when a body of before the
  /// suspension still runs; and other errors of opening. The engine stays suspended then.
  func resume() throws(StorageError) {
    do { try checkEntry("resuming") } catch {
      // Calls that wait must learn that the engine was terminated meanwhile.
      if termination.isTerminated { suspension.end() }
      throw error
    }
    try suspending.withLock { (_) throws(StorageError) in
      guard suspension.isSuspended else { return }
      let patience = max(options.busyTimeout, .milliseconds(100)).nanoseconds
      guard waitUntilIdle(until: BusyWait.now() + patience, queueOnly: true) else {
        throw StorageError(
          .busy, operation: "resuming", subject: identity.subject,
          reason: "a unit of work that began before the suspension is still running")
      }
      if identity.path != nil {
        try reopenWriter()
      } else if writer.isRevoked {
        writer.restore()
      }
      writes?.start()
      readers?.resume()
      queue.resume()
      suspension.end()
    }
  }

  /// Waits until no body runs or waits; returns false when one still does at this time, in
  /// nanoseconds of `BusyWait.now()`.
  private func waitUntilIdle(until end: Int64, queueOnly: Bool = false) -> Bool {
    while !(queue.isIdle && (queueOnly || readers?.isIdle ?? true)) {
      guard BusyWait.now() < end else { return false }
      BusyWait.pause()
    }
    return true
  }

  private func reopenWriter() throws(StorageError) {
    do throws(StorageError) {
      // Nothing must be created where the file is no longer.
      try files?.check("resuming")
      try files?.checkSize("resuming")
      // Nobody uses it, but a suspension that threw `busy` may have left it open.
      _ = writer.takeAway(until: BusyWait.now())
      try writer.reopen()
      try checkReopened()
    } catch {
      writer.close(leavesLog: true)
      files?.pause()
      termination.note(error)
      if termination.isTerminated { suspension.end() }
      throw StorageError(
        error.code, operation: "resuming", subject: identity.subject, reason: error.reason)
    }
  }

  /// Configures the reopened connection and checks that it has the same file as before.
  private func checkReopened() throws(StorageError) {
    do { try afterReopening() } catch {
      throw StorageError(
        .inputOutput, operation: "resuming", subject: identity.subject, reason: "\(error)")
    }
    try files?.check("resuming")
    try writer.configure(.readWrite, options)
    _ = try Migrator(writer, migrations).run()
    files?.record()
    try files?.check("resuming")
    if writer.hasMoved {
      throw StorageError(.moved, operation: "resuming", subject: identity.subject)
    }
    log.observe(writer)
  }
}
