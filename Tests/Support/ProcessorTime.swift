#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a thread has computed, which other programs do not lengthen as they do the time of a clock.
public enum ProcessorTime {
  /// How long a processor works for this thread while the call runs, in nanoseconds.
  public static func of(_ call: () throws -> Void) rethrows -> Int64 {
    let start = now()
    try call()
    return now() - start
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
