/// A defect of SQLite: committed pages can be lost when several connections copy the log.
///
/// See sqlite.org/wal.html, "the WAL-reset bug"; fixed in 3.44.6, 3.50.7 and 3.51.3. It does not
/// affect this adapter within one process, because only one connection writes and copies the log.
enum WALResetDefect {
  static let name = "WAL-reset"

  /// Whether SQLite of this version number has the defect.
  static func isIn(_ version: Int32) -> Bool {
    switch version {
    case ..<3_007_000, 3_051_003...: false
    case 3_044_006..<3_045_000, 3_050_007..<3_051_000: false
    default: true
    }
  }

  /// The warning for a store that several processes can write to.
  static func warning(_ version: String) -> String {
    """
    SQLite \(version) can lose committed pages when several processes write to one store; use \
    3.51.3 or newer, or the option exclusive where one process is enough
    """
  }
}
