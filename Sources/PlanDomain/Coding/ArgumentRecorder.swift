/// The decoder of a type whose argument list is derived.
struct ArgumentRecorder: Decoder {
  let record: ArgumentRecord
  /// Of arrays inside each other, the number of outer ones that have an element.
  let filled: Int

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ArgumentContainer(record: record, filled: filled))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw SampleRefusal(reason: "it is a list, and arguments are the members of an object")
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    throw SampleRefusal(reason: "it is a single value, and arguments are the members of an object")
  }
}

/// Records the members that a type decodes, and returns sample values.
struct ArgumentContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let record: ArgumentRecord
  let filled: Int

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    record.refusal = SampleRefusal(
      reason: "it asks for the keys that are there, as dictionaries and enumerations do")
    return []
  }

  /// A type that asks whether a member is there can do without it.
  func contains(_ key: Key) -> Bool {
    record.member(key).isOptional = true
    return true
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    record.member(key).isOptional = true
    return false
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    do {
      return try sample(type, record.member(key))
    } catch var refusal as SampleRefusal {
      refusal.argument = key.stringValue
      throw refusal
    }
  }

  /// A sample whose arrays have an element, if their elements accept a sample.
  private func sample<T: Decodable>(_ type: T.Type, _ member: MemberRecord) throws -> T {
    if filled > 0, let sample = try? SampleDecoder.sample(type, member, filled: filled, level: 0) {
      return sample
    }
    return try SampleDecoder.sample(type, member, filled: 0, level: 0)
  }

  // The protocol has default implementations of these two, which refuse every value.
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try decodeAny(type, key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try decodeAny(type, key) }

  private func decodeAny<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T {
    try decode(type, forKey: key)
  }

  /// An optional member may be nil, so that only its type must be known.
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    let member = record.member(key)
    member.isOptional = true
    do {
      return try sample(type, member)
    } catch var refusal as SampleRefusal {
      if member.isTyped { return nil }
      refusal.argument = key.stringValue
      throw refusal
    }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    record.member(key).note(.object)
    return KeyedDecodingContainer(SampleMembers<NestedKey>(choice: 0, filled: filled, level: 0))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    record.member(key).note(.list)
    return SampleElements(choice: 0, filled: filled, level: 0)
  }

  func superDecoder() throws -> any Decoder { superDecoder(SuperKey.super) }
  func superDecoder(forKey key: Key) throws -> any Decoder { superDecoder(key) }

  private func superDecoder(_ key: any CodingKey) -> any Decoder {
    SampleDecoder(member: record.member(key), choice: 0, filled: filled, level: 0)
  }
}
