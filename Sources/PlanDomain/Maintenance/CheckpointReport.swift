/// The result of a checkpoint.
public struct CheckpointReport: Hashable, Sendable {
  /// The number of pages in the write-ahead log; 0 for a store without one.
  public let logPages: Int
  /// The number of these pages that are in the main file now.
  public let copiedPages: Int

  /// Creates a report.
  public init(logPages: Int, copiedPages: Int) {
    self.logPages = logPages
    self.copiedPages = copiedPages
  }

  /// Whether the whole log was copied; false while a reader still uses an old part of it.
  public var isComplete: Bool { copiedPages == logPages }
}
