/// Decodes the elements of an array.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
  private let elements: [JSONValue]
  private let path: CodingPath
  private(set) var currentIndex = 0

  /// Opens a document that must be an array.
  init(_ value: JSONValue, at path: CodingPath) throws {
    guard case .array(let elements) = value else {
      throw DecodingError.mismatch(value, needed: "an array", [JSONValue].self, at: path.keys)
    }
    self.elements = elements
    self.path = path
  }

  var codingPath: [any CodingKey] { path.keys }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private func current(_ type: Any.Type) throws -> JSONValue {
    guard !isAtEnd else {
      let reason = "it is missing: the array has \(elements.count) elements"
      throw DecodingError.valueNotFound(
        type,
        DecodingError.Context(
          codingPath: path.keys(and: IndexKey(currentIndex)), debugDescription: reason,
          underlyingError: DecodingRefusal(reason: reason)))
    }
    return elements[currentIndex]
  }

  /// Decodes the current element, and moves on if that succeeds.
  private mutating func next<R>(
    _ type: Any.Type, _ body: (JSONValue, IndexKey) throws -> R
  ) throws -> R {
    let result = try body(try current(type), IndexKey(currentIndex))
    currentIndex += 1
    return result
  }

  mutating func decodeNil() throws -> Bool {
    guard try current(Never.self) == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try next(type) { [path] value, key in
      try ValueDecoder.decode(type, value, below: path, key)
    }
  }

  // The protocol has default implementations of these two, which refuse every value.
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try decodeAny(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try decodeAny(type) }

  private mutating func decodeAny<T: Decodable>(_ type: T.Type) throws -> T { try decode(type) }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try next([String: JSONValue].self) { [path] value, key in
      KeyedDecodingContainer(try KeyedDecoding<NestedKey>(value, at: path.entering(key)))
    }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next([JSONValue].self) { [path] value, key in
      try UnkeyedDecoding(value, at: path.entering(key))
    }
  }

  mutating func superDecoder() throws -> any Decoder {
    try next(Never.self) { [path] value, key in
      ValueDecoder(value: value, path: path.entering(key))
    }
  }
}
