/// The injected effects of the lifecycle: clock, ids and randomness; none has a default.
public struct PlanEnvironment: Sendable {
  /// The clock.
  package let time: any TimeSource
  /// The source of ids.
  package let ids: any IDSource
  /// Returns a number in 0..<1 that varies the retry delays of plans that failed together.
  package let jitter: @Sendable () -> Double

  /// Creates an environment.
  public init(
    time: any TimeSource, ids: any IDSource, jitter: @escaping @Sendable () -> Double
  ) {
    self.time = time
    self.ids = ids
    self.jitter = jitter
  }
}
