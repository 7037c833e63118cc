import PlanDomain

/// The value of a parameter, which is sent in binary form.
enum PostgreSQLValue: Sendable, Equatable {
  case null
  /// `bigint`
  case int(Int64)
  /// `boolean`
  case bool(Bool)
  /// `text`
  case text(String)
  /// `bytea`
  case bytes([UInt8])
  /// `uuid`; the order of ids is the server's order of these values.
  case id(ULID)
  /// `bigint[]`
  case ints([Int64])
  /// `text[]`
  case texts([String])
  /// `uuid[]`
  case ids([ULID])
  /// `bytea[]`
  case byteStrings([[UInt8]])
}

extension PostgreSQLValue {
  static func int(_ value: Int) -> PostgreSQLValue { .int(Int64(value)) }

  static func int(_ value: Int?) -> PostgreSQLValue { value.map { .int(Int64($0)) } ?? .null }

  static func int(_ value: Int64?) -> PostgreSQLValue { value.map { .int($0) } ?? .null }

  static func text(_ value: String?) -> PostgreSQLValue { value.map { .text($0) } ?? .null }

  static func bytes(_ value: [UInt8]?) -> PostgreSQLValue { value.map { .bytes($0) } ?? .null }

  static func id(_ value: ULID?) -> PostgreSQLValue { value.map { .id($0) } ?? .null }

  /// The type of the value; nil for NULL.
  var type: PostgreSQLType? {
    switch self {
    case .null: nil
    case .int: .bigint
    case .bool: .boolean
    case .text: .text
    case .bytes: .bytea
    case .id: .uuid
    case .ints: .bigintArray
    case .texts: .textArray
    case .ids: .uuidArray
    case .byteStrings: .byteaArray
    }
  }
}
