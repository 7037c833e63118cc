public import PlanDomain
public import PlanLifecycle

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The clock of the machine.
public struct SystemTime: TimeSource {
  /// The machine's clock.
  public init() {}

  /// The time now, UTC.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// Sleeps in steps of at most a minute, so that a clock that is set does not go unnoticed.
  public func sleep(until time: Timestamp) async throws {
    while true {
      let now = now()
      guard time > now else { return }
      try await Task.sleep(for: min(time.since(now), .seconds(60)))
    }
  }
}
