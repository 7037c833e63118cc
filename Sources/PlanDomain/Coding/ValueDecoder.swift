/// Decodes one value of a document.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let value: JSONValue
  let path: CodingPath

  var codingPath: [any CodingKey] { path.keys }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// Decodes a value: of the member or element with this key, or for nil of the value at the path.
  static func decode<T: Decodable>(
    _ type: T.Type, _ value: JSONValue, below path: CodingPath, _ key: (any CodingKey)?
  ) throws -> T {
    let leaf = LeafDecoding(value: value, path: path, key: key)
    if let decoded = try leaf.decoded(as: type) { return decoded }
    let inside = path.entering(key)
    guard inside.level <= CodingPath.maxLevel else {
      throw DecodingError.refused(
        "it is nested more than \(PlanLimits.documentDepth) deep", at: inside.keys)
    }
    guard let foundation = FoundationType(type) else {
      return try T(from: ValueDecoder(value: value, path: inside))
    }
    guard let original = foundation.original(value) else {
      throw DecodingError.refused("it is a string, but not in base64", at: inside.keys)
    }
    return try T(from: ValueDecoder(value: original, path: inside))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(try KeyedDecoding(value, at: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try UnkeyedDecoding(value, at: path)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { value == .null }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try Self.decode(type, value, below: path, nil)
  }

  // The protocol has default implementations of these two, which refuse every value.
  func decode(_ type: Int128.Type) throws -> Int128 { try decodeAny(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try decodeAny(type) }

  private func decodeAny<T: Decodable>(_ type: T.Type) throws -> T { try decode(type) }
}
