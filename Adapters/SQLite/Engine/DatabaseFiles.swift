import PlanStorage
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The files of an open database, as they were when it was opened: what is written to others, or to
/// these somewhere else, nobody finds again.
///
/// A look asks the system for each of the names and opens nothing: closing a descriptor would give
/// up SQLite's locks. Safe to use from any thread.
final class DatabaseFiles: Sendable {
  /// How often a look is due by itself, in nanoseconds.
  static let usualInterval: Int64 = 10_000_000

  private let interval: Int64
  private let path: String
  private let subject: String
  /// What the database is.
  let database: FileIdentity
  /// The log and its index, which SQLite makes and keeps for as long as anyone has the database open.
  private let companions: [(suffix: String, number: FileIdentity)]
  private let nextLook: Atomic<Int64>

  /// The files of a database that has been read since it was opened.
  ///
  /// Throws `moved` when they are gone already. An exclusive one keeps its index in memory.
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
    nextLook = Atomic(BusyWait.now() + interval)
  }

  /// Looks, when the latest look is too long ago.
  ///
  /// Throws `moved`.
  func checkWhenDue(_ operation: String) throws(StorageError) {
    let (now, due) = (BusyWait.now(), nextLook.load(ordering: .relaxed))
    guard now >= due else { return }
    nextLook.store(now + interval, ordering: .relaxed)
    try check(operation)
  }

  /// Makes sure that the database, its log and the log's index are where they were.
  ///
  /// Throws `moved`, saying which of them is not.
  func check(_ operation: String) throws(StorageError) {
    if let missing {
      throw StorageError(
        .moved, operation: operation, subject: subject,
        reason: "another file or none is at \(missing)")
    }
  }

  /// The first name that does not lead to the file that it led to.
  private var missing: String? {
    if Self.number(path) != database { return path }
    return companions.first { Self.number(path + $0.suffix) != $0.number }.map { path + $0.suffix }
  }

  /// Whether there is another file at the place of the database.
  var isReplaced: Bool { Self.number(path).map { $0 != database } ?? false }

  /// The log and the index that stay at a place where this database is not any more; none where it
  /// is.
  ///
  /// To be asked for as long as they are open, and when nothing is written to them any more.
  var leftBehind: LeftBehindFiles {
    guard Self.number(path) != database else { return .none }
    let left = companions.filter { Self.number(path + $0.suffix) == $0.number }
    return LeftBehindFiles(
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
