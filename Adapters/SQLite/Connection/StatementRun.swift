import CSQLite
import PlanDomain
import PlanStorage

/// One execution of a prepared statement: binds parameters in order, then reads columns in order.
///
/// Noncopyable; `deinit` returns the statement to the connection. An error of binding is thrown by
/// the next step, so that callers cannot ignore it.
struct StatementRun: ~Copyable {
  let statement: OpaquePointer
  let connection: SQLiteConnection
  private let slot: Int?
  private var parameter: Int32 = 0
  private var column: Int32 = 0
  private var bindFailure: Int32 = SQLITE_OK
  /// The number of bytes of text that were bound and read for the plan or action of the row.
  var weight = 0

  init(_ statement: OpaquePointer, on connection: SQLiteConnection, slot: Int?) {
    self.statement = statement
    self.connection = connection
    self.slot = slot
  }

  deinit { connection.recycle(statement, slot: slot) }

  /// Steps to the next row; returns false after the last row.
  mutating func next() throws(StorageError) -> Bool {
    column = 0
    guard bindFailure == SQLITE_OK else {
      throw SQLiteFailure(
        code: bindFailure, message: String(cString: sqlite3_errstr(bindFailure)), systemError: 0
      ).error("binding a value for", connection.subject)
    }
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.failed("running a statement on")
    }
  }

  /// Runs a statement that changes no row of the store, such as one for transactions or settings.
  mutating func execute() throws(StorageError) {
    while try next() {}
  }

  /// Runs a statement that changes rows of the store.
  mutating func run(_ permit: borrowing ChangePermit) throws(StorageError) { try execute() }

  /// Runs a statement like `run`; returns false when a constraint failed and nothing was changed.
  mutating func runUnlessForbidden(
    _ permit: borrowing ChangePermit
  ) throws(StorageError) -> Bool {
    do {
      try run(permit)
      return true
    } catch {
      guard sqlite3_errcode(connection.handle) & 0xFF == SQLITE_CONSTRAINT else { throw error }
      return false
    }
  }
}

/// Binding of parameters, in order.
extension StatementRun {
  mutating func bind(_ value: Int64) { note(sqlite3_bind_int64(statement, nextParameter(), value)) }

  mutating func bind(_ value: Int) { bind(Int64(value)) }

  mutating func bind(_ value: Bool) { bind(value ? 1 : 0 as Int64) }

  mutating func bind(_ value: Int64?) {
    if let value { bind(value) } else { bindNull() }
  }

  mutating func bind(_ value: Int?) { bind(value.map { Int64($0) }) }

  /// Skips a parameter, which stays NULL: each execution begins without bound parameters.
  mutating func bindNull() { parameter += 1 }

  mutating func bind(_ text: String) {
    let position = nextParameter()
    var text = text
    weight += text.utf8.count
    let code = text.withUTF8 { bytes in
      // The pointer of an empty buffer may be nil, which would bind NULL.
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        bytes.isEmpty
          ? planwright_sqlite3_bind_text(statement, position, "", 0)
          : planwright_sqlite3_bind_text(
            statement, position, bytes.baseAddress, Int32(clamping: bytes.count))
      }
    }
    note(code)
  }

  mutating func bind(_ text: String?) {
    if let text { bind(text) } else { bindNull() }
  }

  /// Binds an id as 16 big-endian bytes, whose order is the order of ids.
  mutating func bind(_ id: ULID) {
    let position = nextParameter()
    withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) {
      note(planwright_sqlite3_bind_bytes(statement, position, $0.baseAddress, 16))
    }
  }

  mutating func bind(_ id: ULID?) {
    if let id { bind(id) } else { bindNull() }
  }

  /// Binds a value that is before all ids, or after all ids.
  mutating func bindEnd(isAfterAll: Bool) {
    let position = nextParameter()
    let bytes = [UInt8](repeating: 0xFF, count: 17)
    note(planwright_sqlite3_bind_bytes(statement, position, bytes, isAfterAll ? 17 : 0))
  }

  /// Makes the last `count` parameters NULL, as they were before they were bound.
  mutating func unbind(_ count: Int) {
    for position in (parameter - Int32(count) + 1)...parameter {
      note(sqlite3_bind_null(statement, position))
    }
  }

  private mutating func nextParameter() -> Int32 {
    parameter += 1
    return parameter
  }

  private mutating func note(_ code: Int32) {
    if code != SQLITE_OK, bindFailure == SQLITE_OK { bindFailure = code }
  }
}

/// Reading of columns, in order.
extension StatementRun {
  mutating func integer() -> Int64 { sqlite3_column_int64(statement, nextColumn()) }

  mutating func int() -> Int { Int(integer()) }

  mutating func bool() -> Bool { integer() != 0 }

  mutating func optionalInteger() -> Int64? { isNull ? skip() : integer() }

  mutating func optionalInt() -> Int? { isNull ? skip() : int() }

  mutating func text() -> String {
    let position = nextColumn()
    guard let bytes = sqlite3_column_text(statement, position) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, position))
    weight += count
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  mutating func optionalText() -> String? { isNull ? skip() : text() }

  mutating func bytes() -> [UInt8] {
    let position = nextColumn()
    guard let bytes = sqlite3_column_text(statement, position) else { return [] }
    let count = Int(sqlite3_column_bytes(statement, position))
    weight += count
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  mutating func optionalBytes() -> [UInt8]? { isNull ? skip() : bytes() }

  /// Returns an id; nil unless the column holds 16 bytes.
  mutating func optionalID() -> ULID? {
    let position = nextColumn()
    guard let bytes = sqlite3_column_blob(statement, position),
      sqlite3_column_bytes(statement, position) == 16
    else { return nil }
    return ULID(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: (bytes + 8).loadUnaligned(as: UInt64.self)))
  }

  /// Skips `count` columns.
  mutating func skip(_ count: Int32) { column += count }

  /// Whether the next column is NULL.
  var isNull: Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

  private mutating func skip<T>() -> T? {
    column += 1
    return nil
  }

  private mutating func nextColumn() -> Int32 {
    defer { column += 1 }
    return column
  }
}
