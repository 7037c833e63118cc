import CSQLite
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A busy handler: makes a connection wait for the locks of other processes.
///
/// Retries every millisecond until the deadline. SQLite's built-in handler waits longer after each
/// attempt, so that connections that began to wait later overtake it.
final class BusyWait {
  private let limit: Int64
  private var deadline: Int64 = 0
  /// Whether waits end at once.
  let isOver = Atomic(false)

  init(limit: Duration) { self.limit = limit.nanoseconds }

  /// Installs this handler on a connection; the object must outlive the connection.
  func install(on handle: OpaquePointer) {
    sqlite3_busy_handler(
      handle,
      { context, count in
        guard let context else { return 0 }
        return Unmanaged<BusyWait>.fromOpaque(context).takeUnretainedValue().wait(count) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Waits one millisecond; returns false once the deadline has passed.
  ///
  /// `count` is 0 at the start of a new wait.
  func wait(_ count: Int32) -> Bool {
    let now = Self.now()
    if count == 0 { deadline = now + limit }
    guard now < deadline, !isOver.load(ordering: .relaxed) else { return false }
    usleep(1_000)
    return true
  }

  /// Sleeps for a fifth of a millisecond, between two looks at what another thread does.
  static func pause() { usleep(200) }

  /// Returns the time of the monotonic clock in nanoseconds.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, limited to half the range of `Int64`.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow, abs(scaled) < .max / 2 else { return seconds < 0 ? .min / 2 : .max / 2 }
    return scaled + attoseconds / 1_000_000_000
  }
}
