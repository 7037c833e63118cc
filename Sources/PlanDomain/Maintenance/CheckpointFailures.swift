/// The checkpoints of an open store that failed, automatic ones included.
public struct CheckpointFailures: Hashable, Sendable {
  /// How many failed since the store was opened.
  public let count: Int
  /// How many failed since one succeeded; 0 when the latest checkpoint succeeded.
  public let sinceLastSuccess: Int
  /// The error of the latest one that failed.
  public let latest: String

  /// Counts failures.
  public init(count: Int, sinceLastSuccess: Int, latest: String) {
    self.count = count
    self.sinceLastSuccess = sinceLastSuccess
    self.latest = latest
  }
}
