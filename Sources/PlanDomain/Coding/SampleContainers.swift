/// The members of a sample object: all that are asked for, and no optional ones.
struct SampleMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let choice: Int
  let filled: Int
  let level: Int

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { false }
  func decodeNil(forKey key: Key) throws -> Bool { true }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try SampleDecoder.sample(type, nil, choice: choice, filled: filled, level: level + 1)
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
    KeyedDecodingContainer(SampleMembers<NestedKey>(choice: choice, filled: filled, level: level))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    SampleElements(choice: choice, filled: filled, level: level)
  }

  func superDecoder() throws -> any Decoder {
    SampleDecoder(member: nil, choice: choice, filled: filled, level: level)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

/// The elements of a sample array: one or none, but as many as a type decodes without asking.
struct SampleElements: UnkeyedDecodingContainer {
  /// Of arrays inside each other, the number of outer ones that have an element.
  ///
  /// Few, because a type that contains several arrays of itself has samples in each of them.
  static let maxFilled = 2

  let choice: Int
  let filled: Int
  let level: Int
  private(set) var currentIndex = 0

  init(choice: Int, filled: Int, level: Int) {
    self.choice = choice
    self.filled = filled
    self.level = level
  }

  /// For what is inside the element.
  private var filledInside: Int { max(filled - 1, 0) }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { filled > 0 ? 1 : 0 }
  var isAtEnd: Bool { currentIndex >= (filled > 0 ? 1 : 0) }

  mutating func decodeNil() throws -> Bool {
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    currentIndex += 1
    return try SampleDecoder.sample(
      type, nil, choice: choice, filled: filledInside, level: level + 1)
  }

  // The protocol has default implementations of these two, which refuse every value.
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try decodeAny(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try decodeAny(type) }

  private mutating func decodeAny<T: Decodable>(_ type: T.Type) throws -> T { try decode(type) }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    currentIndex += 1
    return KeyedDecodingContainer(
      SampleMembers<NestedKey>(choice: choice, filled: filledInside, level: level))
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    currentIndex += 1
    return SampleElements(choice: choice, filled: filledInside, level: level)
  }

  mutating func superDecoder() throws -> any Decoder {
    currentIndex += 1
    return SampleDecoder(member: nil, choice: choice, filled: filledInside, level: level)
  }
}
