/// The failed checkpoints of an open store, automatic ones included.
public struct CheckpointFailures: Hashable, Sendable {
  /// The number of failures after the store was opened.
  public let count: Int
  /// The number of failures after the latest success; 0 when the latest checkpoint succeeded.
  public let sinceLastSuccess: Int
  /// The error of the latest failure.
  public let latest: String

  /// Creates a record of failures.
  public init(count: Int, sinceLastSuccess: Int, latest: String) {
    self.count = count
    self.sinceLastSuccess = sinceLastSuccess
    self.latest = latest
  }
}
