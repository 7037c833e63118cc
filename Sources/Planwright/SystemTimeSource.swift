public import PlanDomain
public import PlanLifecycle

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The clock of the machine.
public struct SystemTimeSource: TimeSource {
  /// The machine's clock.
  public init() {}

  /// The time now, UTC.
  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// Waits at most a minute at a time, so that a clock that is set does not go unnoticed.
  public func wait(until time: Timestamp?, orUntil signal: ThreadSignal) {
    guard let time else { return signal.wait() }
    signal.wait(atMost: min(time.since(now()), .seconds(60)))
  }
}
