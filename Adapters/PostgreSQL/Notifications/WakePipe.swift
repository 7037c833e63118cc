import PlanDomain

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Wakes a thread that waits in `poll`, from any thread.
final class WakePipe: Sendable {
  /// Can be read after `wake`, until `clear`.
  let output: Int32
  private let input: Int32

  /// Throws `outOfMemory` when this process has no descriptor left.
  init(subject: String) throws(StorageError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw StorageError(
        .outOfMemory, operation: "opening", subject: subject,
        reason: "a pipe cannot be made: \(String(cString: strerror(errno)))")
    }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (output, input) = (ends[0], ends[1])
  }

  deinit {
    close(output)
    close(input)
  }

  /// Makes `output` readable.
  ///
  /// Does nothing to a pipe that is full, which is readable already.
  func wake() {
    var byte: UInt8 = 0
    _ = write(input, &byte, 1)
  }

  /// Takes back all that `wake` has done.
  func clear() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(output, &bytes, bytes.count) == bytes.count {}
  }
}
