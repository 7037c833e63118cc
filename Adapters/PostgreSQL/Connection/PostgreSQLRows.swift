import CPostgreSQL
import PlanDomain

/// The rows that one command returned, in the server's binary format.
///
/// Values are decoded where they are read; a value of another type, or NULL where none is allowed,
/// is the error `corrupt`. Used by the thread that uses the connection; it may outlive the
/// connection.
final class PostgreSQLRows {
  private let result: OpaquePointer
  private let library: PostgreSQLLibrary
  private let subject: String
  /// The number of rows.
  let count: Int

  /// Takes over a result of libpq.
  init(_ result: OpaquePointer, _ library: PostgreSQLLibrary, subject: String) {
    self.result = result
    self.library = library
    self.subject = subject
    count = Int(library.functions.pointee.PQntuples(result))
  }

  deinit { library.functions.pointee.PQclear(result) }

  var isEmpty: Bool { count == 0 }

  /// The number of rows that the command has inserted, updated or deleted.
  var changedRows: Int {
    library.functions.pointee.PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
  }

  /// The number of bytes of a value; 0 for NULL.
  func byteCount(_ row: Int, _ column: Int) -> Int { value(row, column)?.count ?? 0 }

  func isNull(_ row: Int, _ column: Int) -> Bool {
    library.functions.pointee.PQgetisnull(result, Int32(row), Int32(column)) != 0
  }

  /// Runs the body with the bytes of a value, which are valid until it returns.
  ///
  /// Throws `corrupt` for NULL.
  func withBytes<R>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) throws(StorageError) -> R
  ) throws(StorageError) -> R {
    guard row < count, let bytes = value(row, column) else { throw damage(column) }
    return try body(bytes)
  }

  /// The error for an invalid value in this column.
  func damage(_ column: Int) -> StorageError {
    let name = library.functions.pointee.PQfname(result, Int32(column)).map { String(cString: $0) }
    return StorageError(
      .corrupt, operation: "reading", subject: subject,
      reason: "column \(name ?? "\(column)") has an invalid value")
  }

  /// The bytes of a value; nil for NULL.
  private func value(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
    let (row, column) = (Int32(row), Int32(column))
    let length = library.functions.pointee.PQgetlength(result, row, column)
    if length == 0, library.functions.pointee.PQgetisnull(result, row, column) != 0 { return nil }
    guard let start = library.functions.pointee.PQgetvalue(result, row, column) else { return nil }
    return UnsafeRawBufferPointer(start: start, count: Int(length))
  }

  private func type(_ column: Int) -> PostgreSQLType? {
    PostgreSQLType(rawValue: library.functions.pointee.PQftype(result, Int32(column)))
  }

  private func expect(
    _ column: Int, _ expected: PostgreSQLType
  ) throws(StorageError) {
    guard type(column) == expected else { throw damage(column) }
  }
}

/// Single values. A function that returns an optional returns nil for NULL.
extension PostgreSQLRows {
  func int(_ row: Int, _ column: Int) throws(StorageError) -> Int64 {
    guard let value = try intOrNil(row, column) else { throw damage(column) }
    return value
  }

  func intOrNil(_ row: Int, _ column: Int) throws(StorageError) -> Int64? {
    guard row < count else { throw damage(column) }
    guard let bytes = value(row, column) else { return nil }
    switch (type(column), bytes.count) {
    case (.bigint, 8): return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
    case (.integer, 4): return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
    case (.smallint, 2): return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
    case (.oid, 4): return Int64(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
    default: throw damage(column)
    }
  }

  func bool(_ row: Int, _ column: Int) throws(StorageError) -> Bool {
    guard let value = try boolOrNil(row, column) else { throw damage(column) }
    return value
  }

  func boolOrNil(_ row: Int, _ column: Int) throws(StorageError) -> Bool? {
    guard row < count else { throw damage(column) }
    guard let bytes = value(row, column) else { return nil }
    guard type(column) == .boolean, bytes.count == 1 else { throw damage(column) }
    return bytes[0] != 0
  }

  func text(_ row: Int, _ column: Int) throws(StorageError) -> String {
    guard let value = try textOrNil(row, column) else { throw damage(column) }
    return value
  }

  func textOrNil(_ row: Int, _ column: Int) throws(StorageError) -> String? {
    guard row < count else { throw damage(column) }
    guard let bytes = value(row, column) else { return nil }
    switch type(column) {
    case .text, .varchar, .name: return String(decoding: bytes, as: UTF8.self)
    default: throw damage(column)
    }
  }

  /// Reads a `bytea`, or the bytes of a `text`.
  func bytes(_ row: Int, _ column: Int) throws(StorageError) -> [UInt8] {
    guard let value = try bytesOrNil(row, column) else { throw damage(column) }
    return value
  }

  func bytesOrNil(_ row: Int, _ column: Int) throws(StorageError) -> [UInt8]? {
    guard row < count else { throw damage(column) }
    guard let bytes = value(row, column) else { return nil }
    guard type(column) == .bytea || type(column) == .text else { throw damage(column) }
    return [UInt8](bytes)
  }

  func id(_ row: Int, _ column: Int) throws(StorageError) -> ULID {
    guard let value = try idOrNil(row, column) else { throw damage(column) }
    return value
  }

  func idOrNil(_ row: Int, _ column: Int) throws(StorageError) -> ULID? {
    guard row < count else { throw damage(column) }
    guard let bytes = value(row, column) else { return nil }
    guard type(column) == .uuid, bytes.count == 16 else { throw damage(column) }
    return ULID(binary: bytes)
  }
}

/// Arrays of one dimension without NULL.
extension PostgreSQLRows {
  func ints(_ row: Int, _ column: Int) throws(StorageError) -> [Int64] {
    try array(row, column, .bigintArray, .bigint) { bytes in
      bytes.count == 8 ? Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)) : nil
    }
  }

  func texts(_ row: Int, _ column: Int) throws(StorageError) -> [String] {
    try array(row, column, .textArray, .text) { String(decoding: $0, as: UTF8.self) }
  }

  func ids(_ row: Int, _ column: Int) throws(StorageError) -> [ULID] {
    try array(row, column, .uuidArray, .uuid) { $0.count == 16 ? ULID(binary: $0) : nil }
  }

  private func array<Element>(
    _ row: Int, _ column: Int, _ type: PostgreSQLType, _ elementType: PostgreSQLType,
    _ decode: (UnsafeRawBufferPointer) -> Element?
  ) throws(StorageError) -> [Element] {
    try expect(column, type)
    guard row < count, let bytes = value(row, column) else { throw damage(column) }
    var position = 0
    func integer() -> Int? {
      guard position + 4 <= bytes.count else { return nil }
      defer { position += 4 }
      return Int(
        Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self)))
    }
    guard let dimensions = integer(), integer() == 0, integer() == Int(elementType.rawValue) else {
      throw damage(column)
    }
    if dimensions == 0 { return [] }
    // At least four bytes for each element: a wrong count cannot reserve more than the value has.
    guard dimensions == 1, let count = integer(), integer() != nil, count <= bytes.count / 4 else {
      throw damage(column)
    }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<max(count, 0) {
      guard let length = integer(), length >= 0, position + length <= bytes.count,
        let element = decode(
          UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
      else { throw damage(column) }
      elements.append(element)
      position += length
    }
    return elements
  }
}

extension ULID {
  /// The id in these 16 big-endian bytes.
  fileprivate init(binary bytes: UnsafeRawBufferPointer) {
    self.init(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
