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
  private let companions: [Companion]
  private let nextCheck: Atomic<Int64>
  /// The number of calls of `pause` and `record`: odd while the log may be removed or replaced.
  private let changes = Atomic(0)
  /// The size of the database file at the latest call of `pause`, in bytes.
  private let sizeAtPause = Atomic<Int64>(0)

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
    companions = (isExclusive ? ["-wal"] : ["-wal", "-shm"]).map { Companion(path, $0) }
    nextCheck = Atomic(BusyWait.now() + interval)
  }

  /// Ends the checks of the log, which another process may remove once no connection is open here,
  /// and records the size of the database.
  func pause() {
    if changes.load(ordering: .relaxed).isMultiple(of: 2) {
      sizeAtPause.store(Self.size(path) ?? 0, ordering: .relaxed)
      changes.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Records the log of the reopened database, which has been read, and checks it from now on.
  func record() {
    for companion in companions { companion.record() }
    changes.wrappingAdd(1, ordering: .sequentiallyConsistent)
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

  /// Checks that the database has at least the size that it had at the latest call of `pause`.
  ///
  /// No process that uses it makes it smaller. Throws `moved`, which says so.
  func checkSize(_ operation: String) throws(StorageError) {
    guard let size = Self.size(path), size < sizeAtPause.load(ordering: .relaxed) else { return }
    throw StorageError(
      .moved, operation: operation, subject: subject,
      reason: "the file at \(path) is smaller than it was when the store was suspended")
  }

  /// The first path at which the recorded file is no longer.
  private var missing: String? {
    if Self.number(path) != database { return path }
    let before = changes.load(ordering: .sequentiallyConsistent)
    guard let changed = companions.first(where: { !$0.isInPlace }) else { return nil }
    // During a suspension this says nothing.
    let after = changes.load(ordering: .sequentiallyConsistent)
    return before == after && after.isMultiple(of: 2) ? changed.path : nil
  }

  /// Whether another file is at the path of the database.
  var isReplaced: Bool { Self.number(path).map { $0 != database } ?? false }

  /// The log and the index at the path if the database is no longer there; otherwise none.
  ///
  /// Must be read while the files are still open and after the last write to them.
  var leftBehind: StaleLogFiles {
    guard Self.number(path) != database else { return .none }
    return StaleLogFiles(
      companions.filter(\.isThere).map { companion in
        let aside = "\(path)-moved-\(database.inode)\(companion.suffix)"
        return (companion.path, companion.suffix == "-wal" ? aside : nil)
      },
      isBack: { [path, database] in Self.number(path) == database })
  }

  fileprivate static func number(_ path: String) -> FileIdentity? {
    var status = stat()
    return lstat(path, &status) == 0 ? FileIdentity(status) : nil
  }

  private static func size(_ path: String) -> Int64? {
    var status = stat()
    return lstat(path, &status) == 0 ? Int64(status.st_size) : nil
  }
}

/// A file beside a database, and its recorded identity.
///
/// Atomic, because it is recorded again after a suspension while other threads may look at it.
private final class Companion: Sendable {
  let path: String
  let suffix: String
  private let device = Atomic<UInt64>(0)
  /// 0 when there was no file.
  private let inode = Atomic<UInt64>(0)

  init(_ database: String, _ suffix: String) {
    path = database + suffix
    self.suffix = suffix
    record()
  }

  /// Records the identity of the file that is there now.
  func record() {
    let number = DatabaseFileMonitor.number(path)
    device.store(number?.device ?? 0, ordering: .relaxed)
    inode.store(number?.inode ?? 0, ordering: .relaxed)
  }

  /// Whether a file was recorded and is still there.
  var isThere: Bool { inode.load(ordering: .relaxed) != 0 && isInPlace }

  /// Whether the recorded file is still there; true when there was none.
  var isInPlace: Bool {
    let recorded = inode.load(ordering: .relaxed)
    guard recorded != 0 else { return true }
    let number = DatabaseFileMonitor.number(path)
    return number?.inode == recorded && number?.device == device.load(ordering: .relaxed)
  }
}
