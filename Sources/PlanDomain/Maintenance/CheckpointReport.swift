/// How far a checkpoint got.
public struct CheckpointReport: Hashable, Sendable {
  /// The pages that the write-ahead log held; 0 for a store without one.
  public let logPages: Int
  /// How many of them are in the main file now.
  public let copiedPages: Int

  /// Reports a checkpoint.
  public init(logPages: Int, copiedPages: Int) {
    self.logPages = logPages
    self.copiedPages = copiedPages
  }

  /// Whether the whole log was copied; false while a reader still needs an old part of it.
  public var isComplete: Bool { copiedPages == logPages }
}
