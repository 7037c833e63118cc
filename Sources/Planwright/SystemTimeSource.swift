public import PlanDomain
public import PlanLifecycle

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The system's real-time clock.
public struct SystemTimeSource: TimeSource {
  /// Creates a time source.
  public init() {}

  /// Returns the current time.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// Blocks the calling thread until the time or the signal.
  ///
  /// With a time, blocks for at most a minute, so that changes of the clock take effect.
  public func wait(until time: Timestamp?, orUntil signal: ThreadSignal) {
    guard let time else { return signal.wait() }
    signal.wait(atMost: min(time.since(now()), .seconds(60)))
  }
}
