/// How large the write-ahead log gets.
enum WriteAheadLog {
  /// The pages after which the writer copies what it can into the database file.
  static let pagesBeforeCheckpoint = 4_000
  /// The bytes above which the writer keeps new readers out until the log could start over.
  static let bytesBeforeGate = 64 << 20
  /// The most bytes that the log keeps on disk once it has started over.
  static let keptBytes = 64 << 20
}
