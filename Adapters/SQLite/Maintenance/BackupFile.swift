import CSQLite
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The new file of a backup.
///
/// It is written under a temporary name in the same directory and gets its own name when it is
/// complete and on the disk, so that a killed backup leaves nothing at its path.
struct BackupFile {
  /// The path of the backup, without symbolic links.
  let path: String
  /// The path of the file until it is complete: `planwright-backup-N.partial`.
  let partialPath: String
  private let directory: String
  /// Whether the file takes the place of another one.
  private let replaces: Bool

  /// The name of the backup in errors.
  var subject: String { "a backup at \(path)" }

  /// Checks the path and creates the empty file under its temporary name.
  ///
  /// The file is readable and writable by its owner only. With `replaces`, something may exist at the
  /// path. Throws `invalidLocation` when something
  /// exists at the path or at a path that SQLite would use with it, or when the path cannot name a
  /// database, and `cannotOpen` when the directory cannot be used.
  init(_ path: String, replaces: Bool = false) throws(StorageError) {
    self.replaces = replaces
    let absolute = try DatabaseIdentity.absolute(path, "writing")
    let identity: DatabaseIdentity
    do {
      if !replaces { try Self.checkIsFree(absolute, at: absolute) }
      identity = try DatabaseIdentity.file(at: absolute)
    } catch {
      throw Self.refusal(error.code, absolute, error.reason)
    }
    guard let resolved = identity.path else {
      throw Self.refusal(.invalidLocation, absolute, "it names no file")
    }
    for suffix in DatabaseIdentity.companionSuffixes where !replaces {
      try Self.checkIsFree(resolved + suffix, at: absolute)
    }
    let slash = resolved.lastIndex(of: "/") ?? resolved.startIndex
    directory = String(resolved[...slash])
    self.path = resolved
    var number = 1
    while !DatabaseIdentity.makeFile("\(directory)planwright-backup-\(number).partial") {
      // A number is used by another backup, or by one that was killed.
      guard errno == EEXIST, number < 1_000 else {
        throw Self.refusal(.cannotOpen, resolved, String(cString: strerror(errno)))
      }
      number += 1
    }
    partialPath = "\(directory)planwright-backup-\(number).partial"
  }

  /// Waits until the file is on the disk and gives it its own name.
  ///
  /// Throws `invalidLocation` when something exists at the path now, and other errors when the file
  /// cannot be written or renamed.
  func publish() throws(StorageError) {
    try synchronize(partialPath, O_RDONLY)
    if replaces {
      guard rename(partialPath, path) == 0 else { throw Self.failure(path) }
    } else if planwright_rename_without_replacing(partialPath, path) != 0 {
      // Where the file system cannot do both in one step, an empty file reserves the name first.
      let isPossible = ![EINVAL, ENOSYS, ENOTSUP].contains(errno)
      guard !isPossible, DatabaseIdentity.makeFile(path), rename(partialPath, path) == 0 else {
        throw Self.failure(path)
      }
    }
    try synchronize(directory, O_RDONLY | O_DIRECTORY)
  }

  /// Removes the incomplete file.
  func discard() { unlink(partialPath) }

  // Called while no connection of this process has the file open: closing a descriptor releases
  // the locks that the process holds on the file.
  private func synchronize(_ path: String, _ flags: Int32) throws(StorageError) {
    let file = open(path, flags | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(self.path) }
    defer { close(file) }
    #if canImport(Darwin)
      if fcntl(file, F_FULLFSYNC) == 0 { return }
    #endif
    // Some file systems cannot synchronize a directory.
    guard fsync(file) == 0 || errno == EINVAL else { throw Self.failure(self.path) }
  }

  private static func checkIsFree(_ file: String, at path: String) throws(StorageError) {
    var status = stat()
    guard !file.utf8.contains(0), lstat(file, &status) == 0 else { return }
    throw refusal(.invalidLocation, path, "\(file) exists")
  }

  /// The error for the value of `errno`.
  private static func failure(_ path: String) -> StorageError {
    let code: StorageError.Code =
      switch errno {
      case ENOSPC, EDQUOT: .full
      case EEXIST: .invalidLocation
      default: .inputOutput
      }
    return refusal(code, path, String(cString: strerror(errno)))
  }

  private static func refusal(
    _ code: StorageError.Code, _ path: String, _ reason: String
  ) -> StorageError {
    let advice: String? =
      switch code {
      case .invalidLocation: "choose another path, or move away what exists"
      case .cannotOpen: "choose another path, or check that its directory may be written"
      default: nil
      }
    return StorageError(
      code, operation: "writing", subject: "a backup at \(path)", reason: reason, advice: advice)
  }
}
