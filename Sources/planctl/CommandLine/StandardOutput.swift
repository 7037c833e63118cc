#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The standard output of this process.
enum StandardOutput {
  /// Why it cannot be written, in the system's words.
  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { String(cString: strerror(code)) }
  }

  /// Writes the whole text; blocks while the reader is slow.
  static func write(_ text: String) throws(Failure) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        #if canImport(Darwin)
          Darwin.write(STDOUT_FILENO, $0.baseAddress, $0.count)
        #elseif canImport(Musl)
          Musl.write(STDOUT_FILENO, $0.baseAddress, $0.count)
        #else
          Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
        #endif
      }
      if count >= 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN {
        // The other end was made non-blocking by somebody else.
        var end = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = poll(&end, 1, -1)
      } else if errno != EINTR {
        throw Failure(code: errno)
      }
    }
  }
}
