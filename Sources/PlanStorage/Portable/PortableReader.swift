import PlanDomain

/// Reads the members of one portable document; its errors name the path of an invalid member.
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
      reason: "'\(key)' is missing or has an invalid value")
  }

  /// Returns the member, or nil when it is missing or null.
  func optional(_ key: String) -> JSONValue? {
    guard let member = value[key], member != .null else { return nil }
    return member
  }

  func required(_ key: String) throws(StorageError) -> JSONValue {
    guard let member = value[key] else { throw wrong(key) }
    return member
  }

  /// Returns the converted member; throws `corrupt` when it is missing or the conversion fails.
  func get<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> T {
    guard let member = value[key], let read = try? convert(member) else { throw wrong(key) }
    return read
  }

  /// Returns the converted member, or nil when it is missing or null.
  func maybe<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> T? {
    optional(key) == nil ? nil : try get(key, convert)
  }

  func text(_ key: String) throws(StorageError) -> String { try get(key, \.stringValue) }

  /// Returns a counter; throws `corrupt` outside of `PlanLimits.counters`.
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

  /// Returns an attempt time-out, or nil when it is missing or null.
  func optionalTimeout(_ key: String) throws(StorageError) -> Duration? {
    try maybe(key) { value in
      let timeout = value.integerValue.map { Duration.microseconds($0) }
      return timeout.flatMap { PlanLimits.attemptTimeout.contains($0) ? $0 : nil }
    }
  }

  /// Returns a map of texts; empty when it is missing or null.
  func texts(_ key: String) throws(StorageError) -> [String: String] {
    guard optional(key) != nil else { return [:] }
    var texts: [String: String] = [:]
    for (name, value) in try get(key, \.objectValue) {
      guard let text = value.stringValue else { throw wrong(key) }
      texts[name] = text
    }
    return texts
  }

  /// Returns labels; empty when they are missing or null.
  func labels(_ key: String) throws(StorageError) -> [Key: Plan.Label.Value] {
    var labels: [Key: Plan.Label.Value] = [:]
    for (name, text) in try texts(key) {
      guard let name = try? Key(name), let value = try? Plan.Label.Value(text) else {
        throw wrong(key)
      }
      labels[name] = value
    }
    return labels
  }

  func planID(_ key: String) throws(StorageError) -> Plan.ID {
    try get(key) { try $0.stringValue.map { try Plan.ID($0) } }
  }

  func actionName(_ key: String) throws(StorageError) -> ActionName {
    try get(key) { try $0.stringValue.map { try ActionName($0) } }
  }

  /// Returns the converted elements of a list.
  func list<T>(_ key: String, _ convert: (JSONValue) throws -> T?) throws(StorageError) -> [T] {
    try get(key) { value in
      guard let elements = value.arrayValue else { return nil }
      let read = try elements.compactMap(convert)
      return read.count == elements.count ? read : nil
    }
  }

  /// Returns a reader of the member, or nil when the member is missing or null.
  func part(_ key: String) -> PortableReader? {
    optional(key).map { PortableReader($0, "\(path).\(key)") }
  }
}

extension JSONValue {
  var int: Int? { integerValue.flatMap { Int(exactly: $0) } }

  /// Returns the string as a short text, or nil when the value is not a string.
  func short<Rule>(_ kind: ShortText<Rule>.Type) throws(PlanError) -> ShortText<Rule>? {
    guard let text = stringValue else { return nil }
    return try ShortText<Rule>(text)
  }

  /// Creates a number, or null for nil.
  init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }

  /// Creates a number of microseconds since the Unix epoch, or null for nil.
  init(_ time: Timestamp?) { self = time.map { .integer($0.microseconds) } ?? .null }

  /// Creates a number of microseconds.
  init(_ duration: Duration) { self = .integer(duration.wholeMicroseconds) }

  /// Creates an object of texts, in the order of the bytes of their keys.
  init(texts: [(String, String)]) {
    let sorted = texts.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    self = .members(sorted.map { ($0.0, .string($0.1)) })
  }

  /// Creates a string, or null for nil.
  init(_ text: String?) { self = text.map { .string($0) } ?? .null }
}

extension Timestamp {
  init?(portable value: JSONValue) {
    guard let microseconds = value.integerValue else { return nil }
    self.init(microseconds: microseconds)
  }
}
