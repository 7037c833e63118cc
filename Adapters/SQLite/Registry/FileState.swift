#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What changes when a file is written or replaced.
struct FileState: Equatable {
  let identity: FileIdentity
  private let size: Int64
  private let modified: Int64
  private let changed: Int64

  /// Reads the state of the file at this path; nil when there is none.
  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    identity = FileIdentity(status)
    size = Int64(status.st_size)
    #if canImport(Darwin)
      let (content, inode) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (content, inode) = (status.st_mtim, status.st_ctim)
    #endif
    (modified, changed) = (Self.nanoseconds(content), Self.nanoseconds(inode))
  }

  /// Whether a further change might leave the state as it is.
  ///
  /// Systems count the times of files in ticks of up to 10 milliseconds.
  var isRecent: Bool {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (0..<20_000_000).contains(Self.nanoseconds(now) - modified)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
