import CSQLite
import PlanDomain
import PlanStorage

/// Limits the size of the write-ahead log, with checkpoints on the writer's connection.
///
/// Runs between transactions. Only the writer checkpoints: many versions of SQLite can lose
/// committed pages when one connection resets the log while another one copies it
/// (sqlite.org/wal.html, "the WAL-reset bug"), which cannot happen within one connection. Safe to
/// use from any thread.
final class WALCheckpointer: Sendable {
  private struct State: Sendable {
    var pages = 0
    var pagesBeforeNext: Int
    var bytesBeforeGate: Int
    var failures: CheckpointFailures?
  }

  /// The sizes of the log at which it is copied and truncated.
  struct Limits: Sendable {
    var pagesBeforeCheckpoint = WALSizeLimits.pagesBeforeCheckpoint
    var bytesBeforeGate = WALSizeLimits.bytesBeforeGate
    /// How long a truncation waits for running reads; writers wait meanwhile.
    var patience: Duration = .milliseconds(250)
  }

  private let limits: Limits
  private let pageSize: Int
  private let readers: ReaderPool?
  private let state: Locked<State>
  private let observers: ActivityObservers

  init(
    _ connection: SQLiteConnection, readers: ReaderPool?, limits: Limits = Limits(),
    observers: ActivityObservers
  ) throws {
    self.limits = limits
    self.observers = observers
    self.readers = readers
    pageSize = Int(try connection.number("PRAGMA page_size"))
    state = Locked(
      State(
        pagesBeforeNext: limits.pagesBeforeCheckpoint, bytesBeforeGate: limits.bytesBeforeGate))
    observe(connection)
  }

  /// Notes the size of the log after each commit of this connection, also after it was reopened.
  func observe(_ connection: SQLiteConnection) {
    sqlite3_wal_hook(
      connection.handle,
      { context, _, _, pages in
        if let context {
          Unmanaged<WALCheckpointer>.fromOpaque(context).takeUnretainedValue().note(Int(pages))
        }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The checkpoints that failed; nil when none did.
  ///
  /// No caller waits for an automatic checkpoint, so its error is reported here.
  var failures: CheckpointFailures? { state.withLock { $0.failures } }

  /// The size of the log in bytes.
  var bytes: Int { state.withLock { $0.pages } * pageSize }

  private func note(_ pages: Int) { state.withLock { $0.pages = pages } }

  /// Whether the log is long enough to be copied.
  var isDue: Bool { state.withLock { $0.pages >= $0.pagesBeforeNext } }

  /// Copies as many pages as running reads allow, and truncates the log when it is too long.
  func checkpoint(_ connection: SQLiteConnection) {
    let copied = try? copy(connection, SQLITE_CHECKPOINT_PASSIVE)
    state.withLock { state in
      let isWhole = copied?.isComplete ?? false
      // While readers need old pages, the log keeps growing: retry after a quarter of the limit
      // more.
      state.pagesBeforeNext =
        isWhole
        ? limits.pagesBeforeCheckpoint : state.pages + max(1, limits.pagesBeforeCheckpoint / 4)
    }
    let isTooLong = state.withLock { $0.pages * pageSize >= $0.bytesBeforeGate }
    if isTooLong { truncateWithoutReaders(connection) }
  }

  /// Blocks new readers, waits for the active ones, and truncates the log.
  private func truncateWithoutReaders(_ connection: SQLiteConnection) {
    let isFree = readers?.closeGate(timeout: limits.patience) ?? true
    defer { readers?.openGate() }
    let copied = isFree ? try? copy(connection, SQLITE_CHECKPOINT_TRUNCATE) : nil
    state.withLock { state in
      if copied?.isComplete == true {
        state.pages = 0
        state.pagesBeforeNext = limits.pagesBeforeCheckpoint
        state.bytesBeforeGate = limits.bytesBeforeGate
      } else {
        // A read takes long: writers wait for it again only after a quarter of the limit more.
        state.bytesBeforeGate = state.pages * pageSize + limits.bytesBeforeGate / 4
      }
    }
  }

  /// Copies the whole log, as far as running reads allow, and truncates it; throws `StorageError`.
  func copyAndTruncate(_ connection: SQLiteConnection) throws(StorageError) -> CheckpointReport {
    let pages = state.withLock { $0.pages }
    let copied = try copy(connection, SQLITE_CHECKPOINT_TRUNCATE)
    // SQLite reports no counts for an in-memory database, which has no log, and while another
    // connection checkpoints.
    guard let copied else { return CheckpointReport(logPages: pages, copiedPages: 0) }
    guard copied.logPages == 0 else { return copied }
    note(0)
    return CheckpointReport(logPages: pages, copiedPages: pages)
  }

  /// Copies the log without waiting for anybody; returns whether no page is left to copy.
  func copyAtOnce(_ connection: SQLiteConnection) -> Bool {
    let copied = try? copy(connection, SQLITE_CHECKPOINT_PASSIVE)
    return copied?.isComplete ?? false
  }

  /// Copies pages of the log and records a failure.
  private func copy(
    _ connection: SQLiteConnection, _ mode: Int32
  ) throws(StorageError) -> CheckpointReport? {
    let start = observers.isEmpty ? nil : BusyWait.now()
    do {
      let report = try connection.checkpoint(mode)
      state.withLock { $0.failures = $0.failures?.endingWithSuccess }
      if let start, let report {
        observers.report(
          .checkpointed(report, duration: .nanoseconds(BusyWait.now() - start)))
      }
      return report
    } catch {
      state.withLock { $0.failures = .adding("\(error)", to: $0.failures) }
      if start != nil { observers.report(.checkpointFailed(error)) }
      throw error
    }
  }
}

extension CheckpointFailures {
  fileprivate static func adding(
    _ error: String, to failures: CheckpointFailures?
  ) -> CheckpointFailures {
    CheckpointFailures(
      count: (failures?.count ?? 0) + 1, sinceLastSuccess: (failures?.sinceLastSuccess ?? 0) + 1,
      latest: error)
  }

  fileprivate var endingWithSuccess: CheckpointFailures {
    CheckpointFailures(count: count, sinceLastSuccess: 0, latest: latest)
  }
}

extension SQLiteConnection {
  /// Copies pages of the log into the database; returns nil when SQLite reports no counts.
  ///
  /// A lock of another connection is not an error: the pages that it needs are copied later. Throws
  /// `StorageError`.
  fileprivate func checkpoint(_ mode: Int32) throws(StorageError) -> CheckpointReport? {
    try beginUse("copying the log of")
    defer { endUse() }
    var (log, copied): (Int32, Int32) = (-1, -1)
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &log, &copied)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else {
      throw failed("copying the log of")
    }
    return log < 0 ? nil : CheckpointReport(logPages: Int(log), copiedPages: Int(copied))
  }
}
