import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The identity of a database; two values are equal when they name the same file or memory.
enum DatabaseIdentity: Hashable, Sendable {
  /// A file: the identity of its directory and its name in it; `path` is not compared.
  case file(path: String, directory: FileIdentity, name: String)
  /// An in-memory database that is shared by name.
  case memory(name: String)
  /// A private in-memory database.
  case privateMemory

  /// The absolute path of a file, without symbolic links; nil for an in-memory database.
  var path: String? { if case .file(let path, _, _) = self { path } else { nil } }

  /// The name of the database in errors.
  var subject: String {
    switch self {
    case .file(let path, _, _): "database \(path)"
    case .memory(let name): "database memory:\(name)"
    case .privateMemory: "a private in-memory database"
    }
  }

  static func == (a: DatabaseIdentity, b: DatabaseIdentity) -> Bool { a.identity == b.identity }

  func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  // Compares bytes, because Swift treats some strings as equal that most file systems distinguish.
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

/// The device and inode of a file or directory, which do not depend on its path.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }
}

extension DatabaseIdentity {
  /// The suffixes of the files that SQLite keeps beside a database.
  static let companionSuffixes = ["-journal", "-wal", "-shm"]

  /// Returns the identity of the file at a path; follows symbolic links; the file may not exist.
  ///
  /// Throws `invalidLocation` for a path that cannot name a file or that other tools use for an
  /// in-memory database, and `cannotOpen` when the directory or a link cannot be read.
  static func file(at path: String) throws(StorageError) -> DatabaseIdentity {
    try InMemorySpelling.refuse(path, "opening", "database '\(LocationText.redacted(path))'")
    func refuse(_ code: StorageError.Code, _ reason: String) -> StorageError {
      StorageError(code, operation: "opening", subject: "database \(path)", reason: reason)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw refuse(.invalidLocation, "a path must not be empty or contain a NUL character")
    }
    var rest = path
    // The maximum number of links that Linux follows.
    for _ in 0..<40 {
      let (directory, name) = split(rest)
      guard !name.isEmpty, name != ".", name != ".." else {
        throw refuse(.invalidLocation, "it names a directory")
      }
      if let suffix = companionSuffixes.first(where: name.hasSuffix) {
        throw refuse(
          .invalidLocation, "SQLite uses names that end in \(suffix) for files beside a database")
      }
      guard let resolved = realpath(directory, nil) else {
        throw refuse(
          .cannotOpen, "its directory cannot be reached: \(String(cString: strerror(errno)))")
      }
      defer { free(resolved) }
      let parent = String(cString: resolved)
      let resolvedPath = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
      var status = stat()
      let isFound = lstat(resolvedPath, &status) == 0
      guard isFound || errno == ENOENT else {
        let reason =
          errno == ENOTDIR ? "\(parent) is not a directory" : String(cString: strerror(errno))
        throw refuse(.cannotOpen, reason)
      }
      if isFound, status.st_mode & S_IFMT == S_IFLNK {
        guard let target = linkTarget(resolvedPath) else {
          throw refuse(.cannotOpen, "the symbolic link \(resolvedPath) cannot be read")
        }
        rest = target.hasPrefix("/") ? target : "\(parent)/\(target)"
        continue
      }
      var parentStatus = stat()
      guard stat(parent, &parentStatus) == 0 else {
        throw refuse(.cannotOpen, String(cString: strerror(errno)))
      }
      return .file(path: resolvedPath, directory: FileIdentity(parentStatus), name: name)
    }
    throw refuse(.cannotOpen, "the path follows too many symbolic links")
  }

  /// Returns the absolute path, which does not depend on later changes of the current directory.
  ///
  /// Throws `invalidLocation` for a path that other tools use for an in-memory database.
  static func absolute(_ path: String, _ operation: String) throws(StorageError) -> String {
    try InMemorySpelling.refuse(path, operation, "database '\(LocationText.redacted(path))'")
    guard !path.isEmpty, !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// Creates an empty file that only its owner can read and write.
  ///
  /// Returns false, with the reason in `errno`, when something exists at the path or the file
  /// cannot be created. Opens no descriptor where the system allows it: closing one releases all
  /// locks that the process holds on the file (sqlite.org/howtocorrupt.html §2.2).
  static func makeFile(_ path: String) -> Bool {
    #if canImport(Darwin)
      let file = Darwin.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
      if file >= 0 { Darwin.close(file) }
      return file >= 0
    #else
      return mknod(path, S_IFREG | 0o600, 0) == 0
    #endif
  }

  /// Returns the identity of the file; nil when it does not exist or for an in-memory database.
  ///
  /// Throws `cannotOpen` when it is not a regular file, and `invalidLocation` when it has several
  /// names: SQLite would use a separate log for each of them.
  func fileIdentity() throws(StorageError) -> FileIdentity? {
    guard let path else { return nil }
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw StorageError(
        .cannotOpen, operation: "opening", subject: subject,
        reason: isDirectory ? "it is a directory" : "it is not a regular file")
    }
    guard status.st_nlink <= 1 else {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: subject,
        reason: "the file has \(status.st_nlink) names (hard links); a database must have only one")
    }
    return FileIdentity(status)
  }

  /// Returns the size in bytes of the file whose path ends with this suffix; nil when it is
  /// missing.
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
