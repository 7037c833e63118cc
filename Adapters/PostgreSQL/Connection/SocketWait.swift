#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Waits for sockets with `poll`, up to times of the monotonic clock in nanoseconds.
enum SocketWait {
  enum Outcome {
    case readable
    case writable
    case timedOut
  }

  /// Returns the time of the monotonic clock in nanoseconds.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Whether there is something to read now; an error or the end of the connection counts as such.
  static func isReadable(_ socket: Int32) -> Bool {
    var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) > 0
  }

  /// Waits until the socket can be read, or also written; readable comes first when it is both.
  static func wait(
    for socket: Int32, toRead: Bool = true, toWrite: Bool, until deadline: Int64
  ) -> Outcome {
    let events = (toRead ? Int16(POLLIN) : 0) | (toWrite ? Int16(POLLOUT) : 0)
    var descriptor = pollfd(fd: socket, events: events, revents: 0)
    while true {
      let count = poll(&descriptor, 1, milliseconds(until: deadline))
      if count > 0 {
        return descriptor.revents & ~Int16(POLLOUT) != 0 ? .readable : .writable
      }
      if count == 0, now() >= deadline { return .timedOut }
      if count < 0, errno != EINTR, errno != EAGAIN { return toRead ? .readable : .writable }
    }
  }

  /// The time that is left, rounded up, and at most an hour.
  static func milliseconds(until deadline: Int64) -> Int32 {
    let left = min(max(deadline - now(), 0), 3_600_000_000_000)
    return Int32((left + 999_999) / 1_000_000)
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

extension SocketWait {
  /// Waits until one of two descriptors can be read, or until the deadline.
  static func waitToRead(_ one: Int32, or other: Int32, until deadline: Int64) {
    var descriptors = [one, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = poll(&descriptors, 2, milliseconds(until: deadline))
  }
}
