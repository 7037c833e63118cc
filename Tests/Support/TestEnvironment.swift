import PlanDomain
public import PlanLifecycle

/// The environment that tests give the lifecycle: a clock that stands still, ids of a seed, no jitter.
public struct TestEnvironment: Sendable {
  /// The clock.
  public let time: ManualTime
  /// The environment to pass on.
  public let environment: PlanEnvironment

  /// An environment whose ids come from this seed.
  public init(seed: UInt64 = 1) {
    let time = ManualTime()
    self.time = time
    environment = PlanEnvironment(
      time: time, ids: ULIDGenerator(randomness: SeededGenerator(seed: seed)), jitter: { 0.5 })
  }
}
