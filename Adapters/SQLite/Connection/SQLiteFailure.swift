import CSQLite
import PlanStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An error that SQLite returned.
struct SQLiteFailure {
  /// The extended result code.
  let code: Int32
  /// SQLite's message, which never contains values of parameters.
  let message: String
  /// The error number of the operating system, or 0.
  let systemError: Int32

  var primary: Int32 { code & 0xFF }

  /// Returns the corresponding error of the store.
  func error(_ operation: String, _ subject: String) -> StorageError {
    StorageError(kind, operation: operation, subject: subject, reason: reason)
  }

  // An extended code is the primary code plus a number shifted left by eight bits
  // (sqlite.org/rescode.html). Swift does not import these macros: the number of READONLY_DBMOVED
  // is 4, that of IOERR_NOMEM is 12.
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
