import CSQLite
import PlanStorage

/// What there is to know about an open SQLite store.
public struct EngineInfo: Sendable {
  /// The file, absolute and without links; nil for a store in memory.
  public let path: String?
  /// The version of the SQLite library, as in "3.51.3".
  public let libraryVersion: String
  /// Whether this library can lose committed pages when several connections copy the log
  /// (sqlite.org/wal.html, "the WAL-reset bug"; mended in 3.44.6, 3.50.7 and 3.51.3).
  ///
  /// Within one process this adapter is out of its reach: one connection writes and copies.
  public let isExposedToWALReset: Bool
  /// How the store is kept.
  public let options: SQLiteOptions
  /// The version of the schema.
  public let schemaVersion: Int
  /// The bytes of the database file that are in use or free, without the log.
  public let databaseBytes: Int
  /// The bytes of the write-ahead log.
  public let logBytes: Int
  /// The read-only connections that are open.
  public let openReaders: Int
  /// What the host should know and do; nil when there is nothing.
  public let warning: String?

  /// Whether a library of this number has the bug.
  static func isExposedToWALReset(_ version: Int32) -> Bool {
    switch version {
    case ..<3_007_000, 3_051_003...: false
    case 3_044_006..<3_045_000, 3_050_007..<3_051_000: false
    default: true
    }
  }
}

extension SQLiteStore {
  /// What there is to know about the store now.
  ///
  /// Throws `StorageError`.
  public func info() throws -> EngineInfo {
    let bytes = try alone("describing") { connection in
      try connection.number("PRAGMA page_count") * connection.number("PRAGMA page_size")
    }
    let isExposed = EngineInfo.isExposedToWALReset(sqlite3_libversion_number())
    let version = String(cString: sqlite3_libversion())
    return EngineInfo(
      path: engine.identity.path, libraryVersion: version, isExposedToWALReset: isExposed,
      options: engine.options, schemaVersion: engine.schemaVersion, databaseBytes: Int(bytes),
      logBytes: engine.log.bytes, openReaders: engine.readers?.count ?? 0,
      warning: isExposed && traits.isSharedBetweenProcesses
        ? """
        SQLite \(version) can lose committed pages when several processes write to one store; use \
        3.51.3 or newer, or the option exclusive where one process is enough
        """ : nil)
  }
}
