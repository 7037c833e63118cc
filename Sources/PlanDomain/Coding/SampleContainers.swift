/// The members of a sample object: all that are asked for, and no optional ones.
struct SampleMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let choice: Int
  let level: Int

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { false }
  func decodeNil(forKey key: Key) throws -> Bool { true }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try SampleDecoder.sample(type, nil, choice: choice, level: level + 1)
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
    KeyedDecodingContainer(SampleMembers<NestedKey>(choice: choice, level: level))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    SampleElements(choice: choice, level: level)
  }

  func superDecoder() throws -> any Decoder {
    SampleDecoder(member: nil, choice: choice, level: level)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

/// The elements of a sample array: none, but as many as a type decodes without asking.
struct SampleElements: UnkeyedDecodingContainer {
  let choice: Int
  let level: Int
  private(set) var currentIndex = 0

  init(choice: Int, level: Int) {
    self.choice = choice
    self.level = level
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { 0 }
  var isAtEnd: Bool { true }

  mutating func decodeNil() throws -> Bool { true }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    currentIndex += 1
    return try SampleDecoder.sample(type, nil, choice: choice, level: level + 1)
  }

  // The protocol has default implementations of these two, which refuse every value.
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try decodeAny(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try decodeAny(type) }

  private mutating func decodeAny<T: Decodable>(_ type: T.Type) throws -> T { try decode(type) }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    currentIndex += 1
    return KeyedDecodingContainer(SampleMembers<NestedKey>(choice: choice, level: level))
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    currentIndex += 1
    return SampleElements(choice: choice, level: level)
  }

  mutating func superDecoder() throws -> any Decoder {
    currentIndex += 1
    return SampleDecoder(member: nil, choice: choice, level: level)
  }
}
