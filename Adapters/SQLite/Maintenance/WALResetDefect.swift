/// A defect of SQLite: committed pages can be lost when several connections copy the log.
///
/// sqlite.org/wal.html, "the WAL-reset bug"; corrected in 3.44.6, 3.50.7 and 3.51.3. Within one
/// process this adapter is not exposed to it: one connection writes and copies.
enum WALResetDefect {
  static let name = "WAL-reset"

  /// Whether the library of this number has the defect.
  static func isIn(_ version: Int32) -> Bool {
    switch version {
    case ..<3_007_000, 3_051_003...: false
    case 3_044_006..<3_045_000, 3_050_007..<3_051_000: false
    default: true
    }
  }

  /// What the host should know of it where several processes share a file.
  static func warning(_ version: String) -> String {
    """
    SQLite \(version) can lose committed pages when several processes write to one store; use \
    3.51.3 or newer, or the option exclusive where one process is enough
    """
  }
}
