/// The limits of the size of the write-ahead log.
enum WALSizeLimits {
  /// The number of pages from which the writer copies the log into the database file.
  static let pagesBeforeCheckpoint = 4_000
  /// The size in bytes from which the writer blocks new readers in order to truncate the log.
  static let bytesBeforeGate = 64 << 20
  /// The maximum size in bytes of the log file after the log was reset.
  static let keptBytes = 64 << 20
}
