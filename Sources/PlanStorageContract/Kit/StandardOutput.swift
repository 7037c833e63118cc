#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where the programs of the contract say something, or standard error where that is asked for.
///
/// Line by line and at once: a process that is killed after a line has said it, and a reader that waits
/// for the line sees it.
enum StandardOutput {
  static func say(_ text: String, on descriptor: Int32 = STDOUT_FILENO) {
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
