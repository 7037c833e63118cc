import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The lock of a database file that is about to be replaced; held until it is released.
///
/// It is the exclusive lock of SQLite, taken without SQLite, because the file may be damaged: each
/// process that has the database open holds a shared lock of the same bytes
/// (sqlite.org/fileformat2.html and `os.h` of SQLite). Nothing of this process may have the file
/// open: closing a descriptor releases all locks of a process.
final class ReplacedDatabase {
  private let descriptor: Int32
  private let path: String

  /// Locks the file at this path.
  ///
  /// Throws `busy` when another process has the database open, and `cannotOpen`.
  init(locking path: String, subject: String) throws(StorageError) {
    let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      throw StorageError(
        .cannotOpen, operation: "replacing", subject: subject,
        reason: String(cString: strerror(errno)))
    }
    // The bytes of SQLite's pending, reserved and shared locks.
    var range = flock()
    range.l_type = Int16(F_WRLCK)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = 0x4000_0000
    range.l_len = 512
    guard fcntl(file, F_SETLK, &range) == 0 else {
      close(file)
      throw StorageError(
        .busy, operation: "replacing", subject: subject,
        reason: "a process has it open",
        advice: "end the processes that use it, and repeat it")
    }
    // Last, because the end of a complete object closes the descriptor.
    (self.path, descriptor) = (path, file)
  }

  deinit { close(descriptor) }

  /// Runs the body while the log and the index of the database have other names, because SQLite would
  /// apply them to the new file; removes them afterwards.
  ///
  /// When the body throws, they get their names back. Throws `inputOutput` when one cannot be
  /// renamed.
  func withoutCompanions(_ subject: String, _ body: () throws -> Void) throws {
    var aside: [(old: String, new: String)] = []
    do {
      for suffix in DatabaseIdentity.companionSuffixes {
        let names = (old: path + suffix, new: "\(path)-replaced\(suffix)")
        if rename(names.old, names.new) == 0 {
          aside.append(names)
        } else if errno != ENOENT {
          throw StorageError(
            .inputOutput, operation: "replacing", subject: subject,
            reason: "\(names.old) cannot be renamed: \(String(cString: strerror(errno)))")
        }
      }
      try body()
    } catch {
      for names in aside { rename(names.new, names.old) }
      throw error
    }
    for names in aside { unlink(names.new) }
  }
}
