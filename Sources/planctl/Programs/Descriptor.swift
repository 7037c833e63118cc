import struct PlanStorage.Locked

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file descriptor that is closed on deinitialization.
final class Descriptor: Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  /// A lock that is held while a pipe is created and while a program is started.
  ///
  /// `pipe2` is not imported, so a pipe is created first and marked close-on-exec afterwards. A
  /// program that is started in between would inherit the pipe and keep it open.
  static let inheritance = Locked(())

  /// Creates a pipe whose ends are close-on-exec and have numbers above 2.
  ///
  /// Starting a program duplicates its descriptors to 0, 1 and 2 one by one, which would overwrite
  /// an end with one of these numbers.
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
    guard code == 0 else { throw StartError("creating a pipe", code: code) }
    let (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
    return (try reading.aboveStandard(), try writing.aboveStandard())
  }

  /// Opens the file that discards what is written to it and has nothing to read.
  static func null() throws(StartError) -> Descriptor {
    let number = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw StartError("opening /dev/null", code: errno) }
    return try Descriptor(number).aboveStandard()
  }

  /// This descriptor if its number is above 2, else a duplicate with a number above 2.
  func aboveStandard() throws(StartError) -> Descriptor {
    guard number <= STDERR_FILENO else { return self }
    let copy = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard copy != -1 else { throw StartError("duplicating a file descriptor", code: errno) }
    return Descriptor(copy)
  }

  /// Makes reads and writes non-blocking; on macOS also turns off SIGPIPE for this descriptor.
  func makeNonBlocking() {
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
    #if canImport(Darwin)
      _ = fcntl(number, F_SETNOSIGPIPE, 1)
    #endif
  }

  /// The result of a non-blocking read or write.
  enum Transfer: Equatable {
    /// This many bytes were transferred.
    case bytes(Int)
    /// No byte can be transferred at the moment.
    case wouldBlock
    /// The other end is closed, or the call failed.
    case closed
  }

  /// Reads the bytes that are available, up to the size of the buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    #if canImport(Darwin)
      let count = Darwin.read(number, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      let count = Musl.read(number, buffer.baseAddress, buffer.count)
    #else
      let count = Glibc.read(number, buffer.baseAddress, buffer.count)
    #endif
    return count == 0 ? .closed : Self.transfer(count)
  }

  /// Writes as many bytes as the pipe accepts.
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
    return errno == EAGAIN || errno == EINTR ? .wouldBlock : .closed
  }
}
