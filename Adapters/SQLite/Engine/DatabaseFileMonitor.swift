import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The files of an open database; detects that they were moved, replaced or deleted.
///
/// After that, writes would go to files that no later opening finds. A check calls `lstat` for each
/// name and opens nothing: closing a descriptor would release SQLite's locks. Safe to use from any
/// thread.
final class DatabaseFileMonitor: Sendable {
  /// The default interval between checks, in nanoseconds.
  static let usualInterval: Int64 = 10_000_000

  private let interval: Int64
  private let path: String
  private let subject: String
  /// The identity of the database file.
  let database: FileIdentity
  /// The log and its index, which SQLite keeps as long as a connection to the database is open.
  private let companions: [(suffix: String, number: FileIdentity)]
  private let nextCheck: Atomic<Int64>

  /// Records the files of an open database that has been read, so that its log exists.
  ///
  /// Throws `moved` when the database file is missing. An exclusive database has its index in
  /// memory.
  init(at path: String, subject: String, isExclusive: Bool, interval: Int64) throws(StorageError) {
    guard let database = Self.number(path) else {
      throw StorageError(.moved, operation: "opening", subject: subject)
    }
    self.path = path
    self.subject = subject
    self.database = database
    self.interval = interval
    companions = (isExclusive ? ["-wal"] : ["-wal", "-shm"]).compactMap { suffix in
      Self.number(path + suffix).map { (suffix, $0) }
    }
    nextCheck = Atomic(BusyWait.now() + interval)
  }

  /// Checks the files if the interval since the latest check has passed; throws `moved`.
  func checkWhenDue(_ operation: String) throws(StorageError) {
    let (now, due) = (BusyWait.now(), nextCheck.load(ordering: .relaxed))
    guard now >= due else { return }
    nextCheck.store(now + interval, ordering: .relaxed)
    try check(operation)
  }

  /// Checks that the database, its log and the log's index are in place.
  ///
  /// Throws `moved`, which names the first one that is not.
  func check(_ operation: String) throws(StorageError) {
    if let missing {
      throw StorageError(
        .moved, operation: operation, subject: subject,
        reason: "the file that was opened is no longer at \(missing)")
    }
  }

  /// The first path at which the recorded file is no longer.
  private var missing: String? {
    if Self.number(path) != database { return path }
    return companions.first { Self.number(path + $0.suffix) != $0.number }.map { path + $0.suffix }
  }

  /// Whether another file is at the path of the database.
  var isReplaced: Bool { Self.number(path).map { $0 != database } ?? false }

  /// The log and the index at the path if the database is no longer there; otherwise none.
  ///
  /// Must be read while the files are still open and after the last write to them.
  var leftBehind: StaleLogFiles {
    guard Self.number(path) != database else { return .none }
    let left = companions.filter { Self.number(path + $0.suffix) == $0.number }
    return StaleLogFiles(
      left.map { companion in
        let aside = "\(path)-moved-\(database.inode)\(companion.suffix)"
        return (path + companion.suffix, companion.suffix == "-wal" ? aside : nil)
      },
      isBack: { [path, database] in Self.number(path) == database })
  }

  private static func number(_ path: String) -> FileIdentity? {
    var status = stat()
    return lstat(path, &status) == 0 ? FileIdentity(status) : nil
  }
}
