import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file descriptor that is closed when it is let go of.
final class Descriptor: Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  /// Held while a pipe is made and while a program is started.
  ///
  /// Swift does not see the call that makes a pipe and marks it as not to be inherited in one
  /// step: a program started in between would keep the pipe open for as long as it runs.
  static let inheritance = Mutex(())

  /// Two ends of a new pipe, which programs do not inherit.
  ///
  /// Neither is 0, 1 or 2, not even when those are free: a program's own are put there, one after
  /// the other, and would overwrite them.
  static func pipe() throws(StartError) -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [-1, -1]
    let code = inheritance.withLock { _ in
      #if canImport(Darwin)
        let code = Darwin.pipe(&ends)
      #elseif canImport(Musl)
        let code = Musl.pipe(&ends)
      #else
        let code = Glibc.pipe(&ends)
      #endif
      guard code == 0 else { return errno }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return 0
    }
    guard code == 0 else { throw StartError("opening a pipe", code: code) }
    let (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
    return (try reading.aboveStandard(), try writing.aboveStandard())
  }

  /// The same file under a number above those of standard input, output and error.
  func aboveStandard() throws(StartError) -> Descriptor {
    guard number <= STDERR_FILENO else { return self }
    let copy = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard copy != -1 else { throw StartError("opening a pipe", code: errno) }
    return Descriptor(copy)
  }

  /// Makes reads and writes return at once, and writes to a closed pipe fail without a signal.
  func prepare() {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    #if canImport(Darwin)
      _ = fcntl(number, F_SETNOSIGPIPE, 1)
    #endif
  }

  /// What came of reading or writing.
  enum Transfer: Equatable {
    case bytes(Int)
    case notNow
    /// The other end is closed.
    case over
  }

  /// Reads what is there and fits.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    #if canImport(Darwin)
      let count = Darwin.read(number, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      let count = Musl.read(number, buffer.baseAddress, buffer.count)
    #else
      let count = Glibc.read(number, buffer.baseAddress, buffer.count)
    #endif
    return count == 0 ? .over : Self.transfer(count)
  }

  /// Writes as much as there is room for.
  func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    #if canImport(Darwin)
      let count = Darwin.write(number, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      let count = Musl.write(number, bytes.baseAddress, bytes.count)
    #else
      let count = Glibc.write(number, bytes.baseAddress, bytes.count)
    #endif
    return Self.transfer(count)
  }

  private static func transfer(_ count: Int) -> Transfer {
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .notNow : .over
  }
}
