/// A JSON document that is stored and read back exactly: integers stay integers, doubles stay
/// doubles, and objects keep the order of their members.
///
/// Texts are equal when their bytes are, also where Unicode would hold different bytes for the
/// same text: all stores agree on that.
public enum JSONValue: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number of 64 bits.
  case integer(Int64)
  /// A number with a fraction or an exponent.
  case double(FiniteDouble)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Members, in order.
  case object(JSONObject)
}

/// A double that is neither infinite nor not a number.
///
/// Equal when the bits are: what is stored is what is read, also for negative zero.
public struct FiniteDouble: Hashable, Sendable {
  /// The number.
  public var value: Double { Double(bitPattern: bits) }
  private let bits: UInt64

  /// Keeps a number; throws `notFinite`.
  public init(_ value: Double) throws(PlanError) {
    guard value.isFinite else { throw .notFinite }
    bits = value.bitPattern
  }
}

extension JSONValue: Hashable {
  /// Whether both are the same document, to the byte.
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

  /// Hashes what equality compares.
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
  /// Whether both are the same document when the members of objects may stand in any order, at any
  /// depth.
  ///
  /// Numbers and texts are compared as by `==`: an integer never equals a double.
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
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A number with a fraction or an exponent; one beyond the range of doubles stops the program.
  public init(floatLiteral value: Double) {
    do throws(PlanError) {
      self = .double(try FiniteDouble(value))
    } catch {
      preconditionFailure("the literal \(value) is refused: \(error)")
    }
  }
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Members, in order; of two with one key the later one counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(lastWins: elements))
  }
}

extension JSONValue {
  /// The text, if it is one.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  /// The whole number, if it is one.
  public var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The number as a double, if it is a number.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value.value
    case .null, .bool, .string, .array, .object: nil
    }
  }
  /// `true` or `false`, if it is one of them.
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The list, if it is one.
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The members, if it has any.
  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }
  /// The member of this key, if it is an object that has one.
  public subscript(key: String) -> JSONValue? { objectValue?[key] }
}

extension String {
  /// Whether both have the same bytes of UTF-8.
  func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
