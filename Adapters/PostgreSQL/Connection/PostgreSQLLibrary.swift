import CPostgreSQL
import PlanDomain

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The system's libpq, opened at run time.
///
/// Immutable once it is open, and safe to use from any thread. Unchecked because the compiler cannot
/// see that nothing changes the table of functions.
final class PostgreSQLLibrary: @unchecked Sendable {
  /// The functions of the library, each under its own name.
  let functions: UnsafePointer<planwright_libpq>

  /// The names and paths that are tried, in this order.
  static let standardPaths: [String] = {
    #if canImport(Darwin)
      [
        "/opt/homebrew/opt/libpq/lib/libpq.5.dylib", "/usr/local/opt/libpq/lib/libpq.5.dylib",
        "/opt/homebrew/lib/libpq.5.dylib", "/usr/local/lib/libpq.5.dylib", "libpq.5.dylib",
      ]
    #else
      ["libpq.so.5"]
    #endif
  }()

  /// Opens the first library of these paths that can be opened.
  ///
  /// Throws `unavailable` with what must be installed when there is none, or when it is too old.
  init(paths: [String] = standardPaths) throws(StorageError) {
    var missing: UnsafePointer<CChar>?
    for path in paths {
      guard let opened = planwright_libpq_open(path, &missing) else {
        guard missing == nil else { throw Self.tooOld }
        continue
      }
      guard opened.pointee.PQlibVersion() >= 140_000 else {
        free(UnsafeMutableRawPointer(mutating: opened))
        throw Self.tooOld
      }
      functions = opened
      return
    }
    throw StorageError(
      .unavailable, operation: "opening", subject: "libpq, the client library of PostgreSQL",
      reason: "this machine has no \(paths.last ?? "libpq")", advice: Self.advice)
  }

  deinit { free(UnsafeMutableRawPointer(mutating: functions)) }

  private static let advice = """
    install libpq 14 or later: the package libpq5 on Debian and Ubuntu, libpq on Fedora, \
    postgresql-libs on Arch Linux, libpq of Homebrew on macOS
    """

  private static var tooOld: StorageError {
    StorageError(
      .unavailable, operation: "opening", subject: "libpq, the client library of PostgreSQL",
      reason: "it is older than version 14, and cannot send statements in a pipeline",
      advice: advice)
  }
}
