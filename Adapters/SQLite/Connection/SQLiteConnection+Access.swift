import CSQLite

extension SQLiteConnection.Access {
  /// The flags with which SQLite opens the database.
  var flags: Int32 {
    switch self {
    case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW
    case .readOnly: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW
    case .privateMemory: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    // Without an index in shared memory, SQLite reads a log only under an exclusive lock, which
    // requires that the file is open for writing.
    case .fileAndLog: SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW
    case .fileAlone, .fileLogAndIndex:
      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_URI
    }
  }

  /// Returns the name that SQLite opens; `path` must be absolute where the name is a URL.
  func name(of path: String) -> String {
    switch self {
    case .readWrite, .readOnly, .fileAndLog: path
    case .privateMemory: ":memory:"
    case .fileAlone: Self.url(path, "immutable=1")
    case .fileLogAndIndex: Self.url(path, "readonly_shm=1")
    }
  }

  private static func url(_ path: String, _ option: String) -> String {
    let escapes: [Character: String] = ["%": "%25", "?": "%3F", "#": "%23"]
    return "file:" + path.map { escapes[$0] ?? String($0) }.joined() + "?" + option
  }
}
