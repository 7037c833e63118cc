#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Unbuffered output of the programs of the contract.
///
/// A line is written before `writeLine` returns, so that it is not lost when the process is killed.
enum StandardOutput {
  /// Writes a line to standard output, or to another descriptor; stops at the first write error.
  static func writeLine(_ text: String, on descriptor: Int32 = STDOUT_FILENO) {
    let bytes = Array("\(text)\n".utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      guard count > 0 else { return }
      written += count
    }
  }
}
