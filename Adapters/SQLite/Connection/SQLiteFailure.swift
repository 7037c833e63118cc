import CSQLite
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What SQLite answered when it did not do what it was asked.
struct SQLiteFailure {
  /// The extended result code.
  let code: Int32
  /// SQLite's own words; they never hold values of parameters.
  let message: String
  /// What the operating system said, or 0.
  let systemError: Int32

  var primary: Int32 { code & 0xFF }

  /// The store's error for it.
  func error(_ operation: String, _ subject: String) -> StorageError {
    StorageError(kind, operation: operation, subject: subject, reason: reason)
  }

  // Extended codes are the primary code and a number eight bits above it (sqlite.org/rescode.html);
  // as macros they do not come to Swift: READONLY_DBMOVED is 4, IOERR_NOMEM is 12.
  private var kind: StorageError.Code {
    switch primary {
    case SQLITE_FULL: .full
    case SQLITE_NOMEM: .outOfMemory
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_READONLY: code == SQLITE_READONLY | 4 << 8 ? .moved : .readOnly
    case SQLITE_PERM, SQLITE_AUTH: .readOnly
    case SQLITE_CORRUPT: .corrupt
    case SQLITE_NOTADB: .notAStore
    case SQLITE_CANTOPEN: .cannotOpen
    case SQLITE_IOERR where code == SQLITE_IOERR | 12 << 8: .outOfMemory
    case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError): .full
    default: .inputOutput
    }
  }

  private var reason: String {
    let system = systemError == 0 ? "" : "; \(String(cString: strerror(systemError)))"
    return "SQLite \(code): \(message)\(system)"
  }
}
