/// Decodes the members of an object.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let members: [JSONObject.Member]
  private var positions = KeyPositions()
  private let path: CodingPath

  /// Opens a document that must be an object.
  init(_ value: JSONValue, at path: CodingPath) throws {
    guard case .object(let object) = value else {
      throw DecodingError.mismatch(
        value, needed: "an object", [String: JSONValue].self, at: path.keys)
    }
    members = object.members
    positions.update(for: members)
    self.path = path
  }

  var codingPath: [any CodingKey] { path.keys }
  var allKeys: [Key] { members.compactMap { Key(stringValue: $0.key) } }

  private func found(_ key: any CodingKey) -> JSONValue? {
    positions.position(of: key.stringValue, in: members).map { members[$0].value }
  }

  private func value(_ key: Key) throws -> JSONValue {
    guard let value = found(key) else { throw missing(key) }
    return value
  }

  private func missing(_ key: Key) -> DecodingError {
    .keyNotFound(
      key, DecodingError.Context(codingPath: path.keys, debugDescription: "The key is missing."))
  }

  func contains(_ key: Key) -> Bool { found(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool {
    if let value = found(key) { return value == .null }
    guard path.readsMissingAsNull else { throw missing(key) }
    return true
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    if let value = found(key) { return try ValueDecoder.decode(type, value, below: path, key) }
    guard path.readsMissingAsNull,
      let null = try? ValueDecoder.decode(type, .null, below: path, key)
    else { throw missing(key) }
    return null
  }

  // The protocol has default implementations of these two, which refuse every value.
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try decodeAny(type, key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try decodeAny(type, key) }

  private func decodeAny<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T {
    try decode(type, forKey: key)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    KeyedDecodingContainer(
      try KeyedDecoding<NestedKey>(try value(key), at: path.entering(key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try UnkeyedDecoding(try value(key), at: path.entering(key))
  }

  func superDecoder() -> any Decoder { superDecoder(SuperKey.super) }
  func superDecoder(forKey key: Key) -> any Decoder { superDecoder(key) }

  /// As with `JSONDecoder`, a missing member is decoded as null.
  private func superDecoder(_ key: any CodingKey) -> any Decoder {
    ValueDecoder(value: found(key) ?? .null, path: path.entering(key))
  }
}
