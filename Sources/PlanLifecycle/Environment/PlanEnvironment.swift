/// What the lifecycle needs from outside besides a store; nothing in it has a default.
public struct PlanEnvironment: Sendable {
  /// The clock.
  package let time: any TimeSource
  /// The source of ids.
  package let ids: any IDSource
  /// A number in 0..<1 that spreads the retries of plans that failed together.
  package let jitter: @Sendable () -> Double

  /// Names the surroundings.
  public init(
    time: any TimeSource, ids: any IDSource, jitter: @escaping @Sendable () -> Double
  ) {
    self.time = time
    self.ids = ids
    self.jitter = jitter
  }
}
