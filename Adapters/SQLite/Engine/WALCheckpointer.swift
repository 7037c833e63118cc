import CSQLite
import PlanDomain
import PlanStorage

/// Keeps the write-ahead log short, on the writer's connection and between its transactions.
///
/// The writer is the only one to do so: the SQLite of many systems can lose committed pages when one
/// connection starts the log over while another one copies it (sqlite.org/wal.html, "the WAL-reset
/// bug"), which cannot happen within one connection.
final class WALCheckpointer: Sendable {
  private struct State: Sendable {
    var pages = 0
    var pagesBeforeNext: Int
    var bytesBeforeGate: Int
    var failures: CheckpointFailures?
  }

  /// When the log is copied, and how long it may get.
  struct Limits: Sendable {
    var pagesBeforeCheckpoint = WriteAheadLog.pagesBeforeCheckpoint
    var bytesBeforeGate = WriteAheadLog.bytesBeforeGate
    /// How long writers wait for the readers of an old part of the log.
    var patience: Duration = .milliseconds(250)
  }

  private let limits: Limits
  private let pageSize: Int
  private let readers: ReaderPool?
  private let state: Locked<State>

  init(_ connection: SQLiteConnection, readers: ReaderPool?, limits: Limits = Limits()) throws {
    self.limits = limits
    self.readers = readers
    pageSize = Int(try connection.number("PRAGMA page_size"))
    state = Locked(
      State(
        pagesBeforeNext: limits.pagesBeforeCheckpoint, bytesBeforeGate: limits.bytesBeforeGate))
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
  /// Nobody waits for an automatic one, so its error would be lost otherwise.
  var failures: CheckpointFailures? { state.withLock { $0.failures } }

  /// How many bytes the log has.
  var bytes: Int { state.withLock { $0.pages } * pageSize }

  private func note(_ pages: Int) { state.withLock { $0.pages = pages } }

  /// Whether the log has become long enough to be copied.
  var isDue: Bool { state.withLock { $0.pages >= $0.pagesBeforeNext } }

  /// Copies what can be copied, and starts the log over when it got too long.
  func lookAfter(_ connection: SQLiteConnection) {
    let copied = try? copy(connection, SQLITE_CHECKPOINT_PASSIVE)
    state.withLock { state in
      let isWhole = copied?.isComplete ?? false
      // While readers need old parts of it, the log grows on: look again after a good part more.
      state.pagesBeforeNext =
        isWhole
        ? limits.pagesBeforeCheckpoint : state.pages + max(1, limits.pagesBeforeCheckpoint / 4)
    }
    let isTooLong = state.withLock { $0.pages * pageSize >= $0.bytesBeforeGate }
    if isTooLong { startOver(connection) }
  }

  /// Keeps new readers out until those inside have gone, and cuts the log off.
  private func startOver(_ connection: SQLiteConnection) {
    let isFree = readers?.closeGate(patience: limits.patience) ?? true
    defer { readers?.openGate() }
    let copied = isFree ? try? copy(connection, SQLITE_CHECKPOINT_TRUNCATE) : nil
    state.withLock { state in
      if copied?.isComplete == true {
        state.pages = 0
        state.pagesBeforeNext = limits.pagesBeforeCheckpoint
        state.bytesBeforeGate = limits.bytesBeforeGate
      } else {
        // Somebody reads for long: writers do not wait for him again at once.
        state.bytesBeforeGate = state.pages * pageSize + limits.bytesBeforeGate / 4
      }
    }
  }

  /// Copies everything and truncates the log.
  ///
  /// Throws `StorageError`.
  func cutOff(_ connection: SQLiteConnection) throws(StorageError) -> CheckpointReport {
    let pages = state.withLock { $0.pages }
    let copied = try copy(connection, SQLITE_CHECKPOINT_TRUNCATE)
    // A database in memory has no log, and while another connection copies it SQLite counts nothing.
    guard let copied else { return CheckpointReport(logPages: pages, copiedPages: 0) }
    guard copied.logPages == 0 else { return copied }
    note(0)
    return CheckpointReport(logPages: pages, copiedPages: pages)
  }

  /// Copies pages of the log, and keeps the error when that fails.
  private func copy(
    _ connection: SQLiteConnection, _ mode: Int32
  ) throws(StorageError) -> CheckpointReport? {
    do {
      let report = try connection.checkpoint(mode)
      state.withLock { $0.failures = $0.failures?.endingWithSuccess }
      return report
    } catch {
      state.withLock { $0.failures = .adding("\(error)", to: $0.failures) }
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
  /// Copies pages of the log into the database; nil when SQLite does not say how many it has.
  ///
  /// A lock of others is no error: what they need is left to the next time. Throws `StorageError`.
  fileprivate func checkpoint(_ mode: Int32) throws(StorageError) -> CheckpointReport? {
    var (log, copied): (Int32, Int32) = (-1, -1)
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &log, &copied)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else {
      throw failed("copying the log of")
    }
    return log < 0 ? nil : CheckpointReport(logPages: Int(log), copiedPages: Int(copied))
  }
}
