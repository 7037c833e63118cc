import CSQLite

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How long a connection waits for the locks of other processes.
///
/// Looks again every millisecond until the deadline. SQLite's own waiting grows longer and longer,
/// so that newcomers overtake whoever waits for long.
final class BusyWait {
  private let limit: Int64
  private var deadline: Int64 = 0

  init(limit: Duration) { self.limit = limit.nanoseconds }

  /// Makes the connection wait like this; the object must outlive the connection.
  func install(on handle: OpaquePointer) {
    sqlite3_busy_handler(
      handle,
      { context, count in
        guard let context else { return 0 }
        return Unmanaged<BusyWait>.fromOpaque(context).takeUnretainedValue().wait(count) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Waits a millisecond; false once the time is up.
  ///
  /// `count` is 0 when a new wait begins.
  func wait(_ count: Int32) -> Bool {
    let now = Self.now()
    if count == 0 { deadline = now + limit }
    guard now < deadline else { return false }
    usleep(1_000)
    return true
  }

  /// Nanoseconds of a clock that nobody sets.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// Whole nanoseconds; what is beyond half of 64 bits counts as the longest.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow, abs(scaled) < .max / 2 else { return seconds < 0 ? .min / 2 : .max / 2 }
    return scaled + attoseconds / 1_000_000_000
  }
}
