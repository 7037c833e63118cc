import PlanDomain
import PlanStorage

/// Reads the columns of one row of a result from left to right.
///
/// Every function throws `corrupt`, which names the column, for a value that is invalid.
struct RowReader {
  let rows: PostgreSQLRows
  let row: Int
  /// The index of the next column.
  private(set) var column: Int

  init(_ rows: PostgreSQLRows, _ row: Int, from column: Int = 0) {
    self.rows = rows
    self.row = row
    self.column = column
  }

  /// Returns the index of the next column and moves to the one after it.
  private mutating func advance() -> Int {
    defer { column += 1 }
    return column
  }

  /// The error for an invalid value in the column that was read last.
  var damage: StorageError { rows.damage(column - 1) }

  mutating func skip(_ count: Int) { column += count }

  var isNull: Bool { rows.isNull(row, column) }

  mutating func integer() throws(StorageError) -> Int64 { try rows.int(row, advance()) }

  mutating func optionalInteger() throws(StorageError) -> Int64? {
    try rows.intOrNil(row, advance())
  }

  mutating func bool() throws(StorageError) -> Bool { try rows.bool(row, advance()) }

  mutating func text() throws(StorageError) -> String { try rows.text(row, advance()) }

  mutating func optionalText() throws(StorageError) -> String? {
    try rows.textOrNil(row, advance())
  }

  mutating func id() throws(StorageError) -> ULID { try rows.id(row, advance()) }

  /// Reads a counter; throws `corrupt` outside of `PlanLimits.counters`.
  mutating func count() throws(StorageError) -> Int {
    guard let count = Int(exactly: try integer()), PlanLimits.counters.contains(count) else {
      throw damage
    }
    return count
  }

  mutating func time() throws(StorageError) -> Timestamp {
    Timestamp(microseconds: try integer())
  }

  mutating func optionalTime() throws(StorageError) -> Timestamp? {
    try optionalInteger().map { Timestamp(microseconds: $0) }
  }

  mutating func status() throws(StorageError) -> PlanStatus {
    guard let status = UInt8(exactly: try integer()).flatMap(PlanStatus.init(rawValue:)) else {
      throw damage
    }
    return status
  }

  mutating func optionalShort<Rule>() throws(StorageError) -> ShortText<Rule>? {
    guard let text = try optionalText() else { return nil }
    guard let short = try? ShortText<Rule>(text) else { throw damage }
    return short
  }

  /// Reads a JSON document.
  mutating func document() throws(StorageError) -> JSONValue {
    guard let document = try optionalDocument() else { throw damage }
    return document
  }

  mutating func optionalDocument() throws(StorageError) -> JSONValue? {
    guard let bytes = try rows.bytesOrNil(row, advance()) else { return nil }
    guard let value = try? JSONValue(stored: bytes, field: "document") else { throw damage }
    return value
  }

  /// Reads a JSON document and what `decode` makes of it, which is `corrupt` when it throws.
  mutating func optionalDocument<T>(
    _ decode: (JSONValue) throws(StorageError) -> T
  ) throws(StorageError) -> T? {
    guard let document = try optionalDocument() else { return nil }
    return try decode(document)
  }
}
