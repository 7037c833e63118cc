#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The log and the index of a database that was moved, replaced or deleted without them.
///
/// SQLite would apply this log to another database that is opened at the path, and damage it. So
/// the files are set aside first: the index is removed; the log is renamed, because it may hold
/// pages that were never copied.
struct StaleLogFiles: Sendable {
  /// The state of a file; more than its identity, because systems reuse inode numbers.
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
    /// The path to which the file is renamed; nil when it is removed.
    let aside: String?
    let state: State?
  }

  private let files: [File]
  /// Whether the database of these files is at its path again.
  private let isBack: @Sendable () -> Bool

  /// No files.
  static let none = StaleLogFiles([]) { true }

  /// Records the current state of files; each is renamed to `aside`, or removed if that is nil.
  init(_ files: [(path: String, aside: String?)], isBack: @escaping @Sendable () -> Bool) {
    self.isBack = isBack
    self.files = files.map { File(path: $0.path, aside: $0.aside, state: State($0.path)) }
  }

  /// Whether there are no files.
  var isEmpty: Bool { files.isEmpty }

  /// Sets the files aside, except those that have changed after they were recorded.
  ///
  /// Does nothing when the database is at its path again: its log holds acknowledged changes.
  func setAside() {
    if isBack() { return }
    for file in files where file.state != nil && State(file.path) == file.state {
      if let aside = file.aside { rename(file.path, aside) } else { unlink(file.path) }
    }
  }
}
