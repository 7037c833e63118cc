/// A JSON document that is stored without loss.
///
/// Integers stay integers, doubles stay doubles, and objects keep the order of their members.
/// Strings are compared by bytes, not by Unicode's canonical equivalence, so that all stores agree.
///
/// ```swift
/// let order: JSONValue = ["id": 17, "items": ["pen", "paper"], "express": true]
/// let id = order["id"]?.integerValue
/// ```
public enum JSONValue: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A signed 64-bit integer.
  case integer(Int64)
  /// A number with a fraction or an exponent.
  case double(FiniteDouble)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)
}

/// A finite double.
///
/// Compared by bits, so that negative zero differs from zero.
public struct FiniteDouble: Hashable, Sendable {
  /// The value.
  public var value: Double { Double(bitPattern: bits) }
  private let bits: UInt64

  /// Creates a finite double.
  ///
  /// - Throws: ``PlanError/Code/notFinite`` for an infinite number and NaN.
  public init(_ value: Double) throws(PlanError) {
    guard value.isFinite else { throw .notFinite }
    bits = value.bitPattern
  }
}

extension JSONValue: Hashable {
  /// Whether both documents are equal, byte for byte.
  public static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.double(let a), .double(let b)): a == b
    case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    case (.null, _), (.bool, _), (.integer, _), (.double, _), (.string, _), (.array, _),
      (.object, _):
      false
    }
  }

  /// Hashes the values that `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value)
    case .string(let value): hasher.combine(value)
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

extension JSONValue {
  /// Whether both documents are equal when the order of members is ignored at every depth.
  ///
  /// Numbers and strings are compared as by `==`: an integer never equals a double.
  package func equalsInAnyOrder(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.array(let a), .array(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.equalsInAnyOrder($1) }
    case (.object(let a), .object(let b)): a.equalsInAnyOrder(b)
    case (.null, _), (.bool, _), (.integer, _), (.double, _), (.string, _), (.array, _),
      (.object, _):
      self == other
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A double; a literal beyond the range of doubles stops the program.
  public init(floatLiteral value: Double) {
    do throws(PlanError) {
      self = .double(try FiniteDouble(value))
    } catch {
      preconditionFailure("the literal \(value) is refused: \(error)")
    }
  }
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; for a repeated key, the last member is kept.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(lastWins: elements))
  }
}

extension JSONValue {
  /// The string; nil for other kinds.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  /// The integer; nil for other kinds.
  public var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The integer or double as a double; nil for other kinds.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value.value
    case .null, .bool, .string, .array, .object: nil
    }
  }
  /// The boolean; nil for other kinds.
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The array; nil for other kinds.
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The object; nil for other kinds.
  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }
  /// The value of this key; nil for other kinds and for missing keys.
  public subscript(key: String) -> JSONValue? { objectValue?[key] }
}

extension String {
  /// Whether both strings have the same UTF-8 bytes.
  func hasSameBytes(as other: String) -> Bool {
    // The comparison of characters is fast, and mostly finds a difference; strings that it finds
    // equal may still have other bytes.
    utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
  }
}
