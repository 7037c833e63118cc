#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The terminal on standard error.
enum Terminal {
  /// Whether a line on it can be overwritten: it is a terminal that understands escape sequences.
  static func canOverwrite(_ environment: [String: String]) -> Bool {
    let type = environment["TERM"] ?? "dumb"
    return isatty(STDERR_FILENO) == 1 && type != "dumb" && !type.isEmpty
  }

  /// The number of its columns; 80 when it is unknown.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
