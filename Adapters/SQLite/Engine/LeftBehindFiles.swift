#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The log and its index of a database that was moved, replaced or deleted without them.
///
/// SQLite would take what they hold for a part of whatever is at the path now, and damage it. So
/// they are put aside before that is opened: the index is removed, the log is kept under another
/// name, with what was never copied from it.
struct LeftBehindFiles: Sendable {
  /// What tells a file from one that was made since: numbers of inodes are used again.
  private struct State: Equatable {
    let number: FileIdentity
    let size: Int64
    let modified: [Int]

    init?(_ path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      number = FileIdentity(status)
      size = Int64(status.st_size)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      modified = [time.tv_sec, time.tv_nsec]
    }
  }

  private struct File: Sendable {
    let path: String
    /// Where it is kept; nil when it is not worth it.
    let aside: String?
    let state: State?
  }

  private let files: [File]
  /// Whether the database that they belong to is at its place again.
  private let isBack: @Sendable () -> Bool

  /// Nothing that was left behind.
  static let none = LeftBehindFiles([]) { true }

  /// The files at these paths as they are now, each with where it is to be kept, if at all.
  init(_ files: [(path: String, aside: String?)], isBack: @escaping @Sendable () -> Bool) {
    self.isBack = isBack
    self.files = files.map { File(path: $0.path, aside: $0.aside, state: State($0.path)) }
  }

  /// Whether there are none.
  var isEmpty: Bool { files.isEmpty }

  /// Puts those aside that nobody has touched in the meantime, unless the database is back: its log
  /// holds what was acknowledged.
  func putAside() {
    if isBack() { return }
    for file in files where file.state != nil && State(file.path) == file.state {
      if let aside = file.aside { rename(file.path, aside) } else { unlink(file.path) }
    }
  }
}
