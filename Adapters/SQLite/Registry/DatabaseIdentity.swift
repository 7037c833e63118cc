import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where a database is, without doubt: two places are equal when they are one database.
enum DatabaseIdentity: Hashable, Sendable {
  /// A file: the directory by what it is, not by how it is reached, and the name in it.
  case file(path: String, directory: FileIdentity, name: String)
  /// A database in memory that everyone means who says this name.
  case memory(name: String)
  /// A database in memory that belongs to whoever opens it.
  case privateMemory

  /// The path of a file, absolute and without links.
  var path: String? { if case .file(let path, _, _) = self { path } else { nil } }

  /// What errors call it.
  var subject: String {
    switch self {
    case .file(let path, _, _): "database \(path)"
    case .memory(let name): "database memory:\(name)"
    case .privateMemory: "a private database in memory"
    }
  }

  static func == (a: DatabaseIdentity, b: DatabaseIdentity) -> Bool { a.identity == b.identity }

  func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  // Bytes, because Swift holds texts for equal that most file systems keep apart.
  private enum Identity: Hashable {
    case file(FileIdentity, [UInt8])
    case memory(String?)
  }

  private var identity: Identity {
    switch self {
    case .file(_, let directory, let name): .file(directory, Array(name.utf8))
    case .memory(let name): .memory(name)
    case .privateMemory: .memory(nil)
    }
  }
}

/// What a file or a directory is, by whatever name.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }
}

extension DatabaseIdentity {
  /// The place of the file that a path leads to, links followed, whether it is there or not.
  ///
  /// Throws `invalidLocation` for a path that cannot name a file or that means a database in memory
  /// elsewhere, and `cannotOpen` when there is no such directory or something else than a file.
  static func file(at path: String) throws(StorageError) -> DatabaseIdentity {
    try InMemorySpelling.refuse(path, "opening", "database '\(path)'")
    func refuse(_ code: StorageError.Code, _ reason: String) -> StorageError {
      StorageError(code, operation: "opening", subject: "database \(path)", reason: reason)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw refuse(.invalidLocation, "a path has at least one character and no NUL")
    }
    var rest = path
    // As many links as the system itself would follow.
    for _ in 0..<40 {
      let (directory, name) = split(rest)
      guard !name.isEmpty, name != ".", name != ".." else {
        throw refuse(.invalidLocation, "it names a directory")
      }
      guard let resolved = realpath(directory, nil) else {
        throw refuse(
          .cannotOpen, "its directory cannot be reached: \(String(cString: strerror(errno)))")
      }
      defer { free(resolved) }
      let parent = String(cString: resolved)
      let whole = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
      var status = stat()
      if lstat(whole, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
        guard let target = linkTarget(whole) else {
          throw refuse(.cannotOpen, "its link cannot be read")
        }
        rest = target.hasPrefix("/") ? target : "\(parent)/\(target)"
        continue
      }
      var parentStatus = stat()
      guard stat(parent, &parentStatus) == 0 else {
        throw refuse(.cannotOpen, String(cString: strerror(errno)))
      }
      return .file(path: whole, directory: FileIdentity(parentStatus), name: name)
    }
    throw refuse(.cannotOpen, "too many links lead to each other")
  }

  /// The path from the root, so that a change of the current directory does not change what it means.
  ///
  /// Throws `invalidLocation` for a path that means a database in memory elsewhere.
  static func absolute(_ path: String, _ operation: String) throws(StorageError) -> String {
    try InMemorySpelling.refuse(path, operation, "database '\(path)'")
    guard !path.isEmpty, !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// Makes an empty file that its owner alone can read and write; false when there is something
  /// already, or when it cannot be made, as `errno` says.
  ///
  /// Without a descriptor where the system allows it: closing one gives up all locks that the
  /// process has on the file (sqlite.org/howtocorrupt.html §2.2).
  static func makeFile(_ path: String) -> Bool {
    #if canImport(Darwin)
      let file = Darwin.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
      if file >= 0 { Darwin.close(file) }
      return file >= 0
    #else
      return mknod(path, S_IFREG | 0o600, 0) == 0
    #endif
  }

  /// What the file is, once it is there.
  ///
  /// Throws `invalidLocation` when it has further names: SQLite would keep a log for each of them.
  func fileNumber() throws(StorageError) -> FileIdentity? {
    guard let path else { return nil }
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw StorageError(
        .cannotOpen, operation: "opening", subject: subject,
        reason: isDirectory ? "it is a directory" : "it is no regular file")
    }
    guard status.st_nlink <= 1 else {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: subject,
        reason: "the file has \(status.st_nlink) names (hard links); a database must have one")
    }
    return FileIdentity(status)
  }

  /// The bytes of the file, or of the one beside it whose name ends like this; nil when it is not
  /// there.
  func bytes(of suffix: String = "") -> Int? {
    guard let path else { return nil }
    var status = stat()
    return lstat(path + suffix, &status) == 0 ? Int(status.st_size) : nil
  }

  private static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let name = String(path[path.index(after: slash)...])
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }

  private static func linkTarget(_ path: String) -> String? {
    let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      buffer.withMemoryRebound(to: CChar.self) {
        count = $0.baseAddress.map { max(0, readlink(path, $0, 4096)) } ?? 0
      }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
