#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where the programs of the contract say something, line by line and at once: whoever is killed
/// after a line has said it, and whoever waits sees it.
enum StandardOutput {
  static func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        write(1, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      guard count > 0 else { return }
      written += count
    }
  }
}
