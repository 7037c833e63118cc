/// Where and how an open store is kept, and what the host should know about it.
public struct StoreInfo: Hashable, Sendable {
  /// The main file, absolute and without links; nil for a store in memory.
  public let path: String?
  /// The name of the library that keeps the store, as in "SQLite".
  public let library: String
  /// The version of that library, as in "3.51.3".
  public let libraryVersion: String
  /// Known defects of that version, by name, whether or not this store is exposed to them.
  ///
  /// `warnings` has those that the host must do something about.
  public let libraryDefects: [String]
  /// The options in force by name, as in `["durability": "full"]`.
  public let options: [String: String]
  /// The version of the schema; nil for a store without one.
  public let schemaVersion: Int?
  /// The bytes of the store without its log, free space included.
  public let databaseBytes: Int
  /// The bytes of the write-ahead log; 0 for a store without one.
  public let logBytes: Int
  /// The connections for reading that are open.
  public let openReaders: Int
  /// The checkpoints that failed since the store was opened; nil when none did.
  public let checkpointFailures: CheckpointFailures?
  /// What the host should know and do, one sentence each.
  public let warnings: [String]

  /// Describes a store.
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
