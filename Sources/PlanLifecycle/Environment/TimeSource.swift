public import PlanDomain

/// A clock, and the way in which the lifecycle's threads wait for a time.
public protocol TimeSource: Sendable {
  /// Returns the current time; may step back.
  func now() -> Timestamp

  /// Blocks the calling thread until this time or until the signal is raised.
  ///
  /// Without a time, blocks until the signal is raised. May return earlier, because the caller
  /// checks the clock again. Called on threads of the library, never on a cooperative thread.
  func wait(until time: Timestamp?, orUntil signal: ThreadSignal)
}
