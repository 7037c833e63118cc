import CSQLite
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

  /// How many bytes the log has.
  var bytes: Int { state.withLock { $0.pages } * pageSize }

  private func note(_ pages: Int) { state.withLock { $0.pages = pages } }

  /// Whether the log has become long enough to be copied.
  var isDue: Bool { state.withLock { $0.pages >= $0.pagesBeforeNext } }

  /// Copies what can be copied, and starts the log over when it got too long.
  func lookAfter(_ connection: SQLiteConnection) {
    let copied = connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE)
    state.withLock { state in
      let isWhole = copied.map { $0.log == $0.copied } ?? false
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
    let copied = isFree ? connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE) : nil
    state.withLock { state in
      if let copied, copied.log == 0 || copied.log == copied.copied {
        state.pages = 0
        state.pagesBeforeNext = limits.pagesBeforeCheckpoint
        state.bytesBeforeGate = limits.bytesBeforeGate
      } else {
        // Somebody reads for long: writers do not wait for him again at once.
        state.bytesBeforeGate = state.pages * pageSize + limits.bytesBeforeGate / 4
      }
    }
  }

  /// Copies everything and cuts the log off; how many pages it had and how many were copied.
  func cutOff(_ connection: SQLiteConnection) -> (log: Int, copied: Int)? {
    let pages = state.withLock { $0.pages }
    guard let copied = connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE) else { return nil }
    if copied.log == 0 {
      note(0)
      return (pages, pages)
    }
    return copied
  }
}

extension SQLiteConnection {
  /// Copies pages of the log into the database; how many it has and how many were copied, or nil
  /// when it did not work or is not needed.
  func checkpoint(_ mode: Int32) -> (log: Int, copied: Int)? {
    var (log, copied): (Int32, Int32) = (-1, -1)
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &log, &copied)
    guard code == SQLITE_OK || code == SQLITE_BUSY, log >= 0 else { return nil }
    return (Int(log), Int(copied))
  }
}
