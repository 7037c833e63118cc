import PlanDomain

/// Reads the members of one portable document, and says of what it cannot read where it stands.
struct PortableReader {
  private let value: JSONValue
  private let path: String

  init(_ value: JSONValue, _ path: String) {
    self.value = value
    self.path = path
  }

  func wrong(_ key: String) -> StorageError {
    StorageError(
      .corrupt, operation: "reading", subject: path,
      reason: "'\(key)' is missing or holds what was never written there")
  }

  /// The member, or nil when it is missing or null.
  func optional(_ key: String) -> JSONValue? {
    guard let member = value[key], member != .null else { return nil }
    return member
  }

  func required(_ key: String) throws(StorageError) -> JSONValue {
    guard let member = value[key] else { throw wrong(key) }
    return member
  }

  /// The member as this conversion reads it.
  func get<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> T {
    guard let member = value[key], let read = try? convert(member) else { throw wrong(key) }
    return read
  }

  /// The member as this conversion reads it, or nil when it is missing or null.
  func maybe<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> T? {
    optional(key) == nil ? nil : try get(key, convert)
  }

  func text(_ key: String) throws(StorageError) -> String { try get(key, \.stringValue) }

  /// A number that the lifecycle counts on from.
  func int(_ key: String) throws(StorageError) -> Int {
    try get(key) { value in value.int.flatMap { PlanLimits.counters.contains($0) ? $0 : nil } }
  }

  func bool(_ key: String) throws(StorageError) -> Bool { try get(key, \.boolValue) }

  func time(_ key: String) throws(StorageError) -> Timestamp {
    try get(key, Timestamp.init(portable:))
  }

  func short<Rule>(_ key: String) throws(StorageError) -> ShortText<Rule> {
    try get(key) { try $0.short(ShortText<Rule>.self) }
  }

  func optionalShort<Rule>(_ key: String) throws(StorageError) -> ShortText<Rule>? {
    try maybe(key) { try $0.short(ShortText<Rule>.self) }
  }

  func planID(_ key: String) throws(StorageError) -> Plan.ID {
    try get(key) { try $0.stringValue.map { try Plan.ID($0) } }
  }

  func actionName(_ key: String) throws(StorageError) -> ActionName {
    try get(key) { try $0.stringValue.map { try ActionName($0) } }
  }

  /// The elements of a list, each as this conversion reads it.
  func list<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> [T] {
    try get(key) { value in
      guard let elements = value.arrayValue else { return nil }
      let read = try elements.compactMap(convert)
      return read.count == elements.count ? read : nil
    }
  }

  /// The document of this member, to be read by itself; nil when it is missing or null.
  func part(_ key: String) -> PortableReader? {
    optional(key).map { PortableReader($0, "\(path).\(key)") }
  }
}

extension JSONValue {
  var int: Int? { integerValue.flatMap { Int(exactly: $0) } }

  /// The short text, if it is a text.
  func short<Rule>(_ kind: ShortText<Rule>.Type) throws(PlanError) -> ShortText<Rule>? {
    guard let text = stringValue else { return nil }
    return try ShortText<Rule>(text)
  }

  /// A number, or null.
  init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }

  /// A moment in microseconds, or null.
  init(_ time: Timestamp?) { self = time.map { .integer($0.microseconds) } ?? .null }

  /// A text, or null.
  init(_ text: String?) { self = text.map { .string($0) } ?? .null }
}

extension Timestamp {
  init?(portable value: JSONValue) {
    guard let microseconds = value.integerValue else { return nil }
    self.init(microseconds: microseconds)
  }
}
