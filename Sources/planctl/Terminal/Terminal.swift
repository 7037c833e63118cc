#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A standard stream of this process, which may be a terminal.
struct Terminal: Sendable {
  /// The number of columns and rows.
  struct Size: Equatable, Sendable {
    var columns: Int
    var rows: Int
  }

  private let descriptor: Int32
  /// Whether lines on it can be overwritten and coloured.
  ///
  /// It is a terminal that understands escape sequences, and the user has not turned them off with
  /// `NO_COLOR`.
  let canOverwrite: Bool

  private init(_ descriptor: Int32, _ environment: [String: String]) {
    self.descriptor = descriptor
    let type = environment["TERM"] ?? ""
    canOverwrite =
      isatty(descriptor) == 1 && type != "dumb" && !type.isEmpty
      && (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// The stream of results.
  static func standardOutput(_ environment: [String: String]) -> Terminal {
    Terminal(STDOUT_FILENO, environment)
  }

  /// The stream of progress and errors.
  static func standardError(_ environment: [String: String]) -> Terminal {
    Terminal(STDERR_FILENO, environment)
  }

  /// Whether lines on standard error can be overwritten and coloured.
  static func canOverwrite(_ environment: [String: String]) -> Bool {
    standardError(environment).canOverwrite
  }

  /// The size; 80 columns and 24 rows when it is unknown.
  var size: Size {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }
}
