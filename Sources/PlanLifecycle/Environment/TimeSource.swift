public import PlanDomain

/// Where the lifecycle gets the time from, and how its threads wait.
public protocol TimeSource: Sendable {
  /// The time now; may step back.
  func now() -> Timestamp

  /// Blocks the calling thread until this time has come or the signal is raised; without a time,
  /// until the signal is raised.
  ///
  /// May return earlier: the caller looks at the clock again. Called on threads of the library's
  /// own, never on a cooperative one.
  func wait(until time: Timestamp?, orUntil signal: ThreadSignal)
}
