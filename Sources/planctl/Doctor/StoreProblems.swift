import Planwright

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What the file system says about a store's file.
struct StoreDisk: Sendable {
  /// The bytes that are left for the user.
  var freeBytes: Int
  /// Whether nothing can be written on it.
  var isReadOnly: Bool
  /// Whether the user may write the file and its folder.
  var canWrite: Bool
}

extension StoreDisk {
  /// Asks the file system; nil when it does not answer.
  init?(ofFileAt path: String) {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0 else { return nil }
    freeBytes = Int(
      clamping: UInt64(disk.f_bavail).multipliedReportingOverflow(
        by: UInt64(disk.f_frsize)
      ).partialValue)
    isReadOnly = UInt(disk.f_flag) & UInt(ST_RDONLY) != 0
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    canWrite = access(path, W_OK) == 0 && access(folder, W_OK) == 0
  }
}

/// Finds out whether a store can do its work.
enum StoreProblems {
  /// The free space below which a disk counts as full: a busy store writes this much in no time.
  static let leastFreeBytes = 64 << 20
  /// The size from which a log counts as too large.
  static let largestLogBytes = 1 << 30

  /// The problems of a store that can be read.
  static func find(_ info: StoreInfo, _ disk: StoreDisk?) -> [Standstill] {
    let file = quoted(info.path ?? "")
    var found: [Standstill] = []
    func add(_ reason: String, _ command: String) {
      found.append(Standstill(kind: .store, plan: nil, reason: reason, command: command))
    }
    if let disk, disk.isReadOnly {
      add("\(file) is on a read-only file system, so nothing can be written", "mount | grep ' ro'")
    } else if let disk, !disk.canWrite {
      add(
        "you may not write \(file) or its folder, so none of your workers can go on",
        "ls -ld \(file) \(quoted(folder(of: info.path ?? "")))")
    } else if let disk, disk.freeBytes < leastFreeBytes {
      add(
        "the disk of \(file) is full: \(disk.freeBytes >> 20) MiB are left; make room on it",
        "df -h \(file)")
    }
    if let failures = info.checkpointFailures, failures.sinceLastSuccess > 0 {
      add(
        "its log cannot be copied into its file, and grows: \(failures.latest)",
        "planctl store checkpoint")
    } else if info.logBytes > largestLogBytes {
      add(
        "its log has grown to \(info.logBytes >> 20) MiB; a reader that stays open for long keeps "
          + "it from being copied into the file", "planctl store checkpoint")
    }
    return found
  }

  /// The problem of a store whose plans cannot be read; nil for an error that says what to do.
  static func find(_ error: StorageError) -> Standstill? {
    guard error.code == .corrupt else { return nil }
    return Standstill(
      kind: .store, plan: nil, reason: OperatorText.of(error), command: "planctl store verify")
  }

  private static func folder(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// The text as one word of a shell.
  private static func quoted(_ text: String) -> String {
    "'\(text.replacing("'", with: "'\\''"))'"
  }
}
