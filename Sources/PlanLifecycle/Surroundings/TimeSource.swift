public import PlanDomain

/// Where the lifecycle gets the time from, and how it waits.
public protocol TimeSource: Sendable {
  /// The time now; may step back.
  func now() -> Timestamp

  /// Returns at this time or a little later.
  ///
  /// Throws `CancellationError` at once when the task is cancelled.
  func sleep(until time: Timestamp) async throws
}
