/// The location, library and state of an open store, with warnings for the host.
public struct StoreInfo: Hashable, Sendable {
  /// The absolute path of the main file, with links resolved; nil for a store in memory.
  public let path: String?
  /// The name of the store's library, as in "SQLite".
  public let library: String
  /// The version of that library, as in "3.51.3".
  public let libraryVersion: String
  /// The names of known defects of that version, whether or not they affect this store.
  ///
  /// `warnings` has the ones that the host must act on.
  public let libraryDefects: [String]
  /// The options in effect, as in `["durability": "full"]`.
  public let options: [String: String]
  /// The schema version; nil for a store without one.
  public let schemaVersion: Int?
  /// The size of the store without its log, in bytes, free space included.
  public let databaseBytes: Int
  /// The size of the write-ahead log, in bytes; 0 for a store without one.
  public let logBytes: Int
  /// The number of open read connections.
  public let openReaders: Int
  /// The failed checkpoints after the store was opened; nil when none failed.
  public let checkpointFailures: CheckpointFailures?
  /// The problems that the host should act on, one sentence each.
  public let warnings: [String]

  /// Creates a description.
  public init(
    path: String?, library: String, libraryVersion: String, libraryDefects: [String] = [],
    options: [String: String] = [:], schemaVersion: Int? = nil, databaseBytes: Int,
    logBytes: Int = 0, openReaders: Int = 0, checkpointFailures: CheckpointFailures? = nil,
    warnings: [String] = []
  ) {
    self.path = path
    self.library = library
    self.libraryVersion = libraryVersion
    self.libraryDefects = libraryDefects
    self.options = options
    self.schemaVersion = schemaVersion
    self.databaseBytes = databaseBytes
    self.logBytes = logBytes
    self.openReaders = openReaders
    self.checkpointFailures = checkpointFailures
    self.warnings = warnings
  }
}
