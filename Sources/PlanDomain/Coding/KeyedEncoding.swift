/// Encodes the members of an object.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: ValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) throws { encoder.set(.null, for: key.stringValue) }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let document = try encoder.session.encode(value, below: encoder.path, key)
    encoder.set(document, for: key.stringValue)
  }

  // The most frequent types, which always fit, on a shorter way than through the generic method.
  func encode(_ value: String, forKey key: Key) throws {
    encoder.set(.string(value), for: key.stringValue)
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    encoder.set(.bool(value), for: key.stringValue)
  }
  func encode(_ value: Int, forKey key: Key) throws {
    encoder.set(.integer(Int64(value)), for: key.stringValue)
  }

  // The protocol has default implementations of these two, which refuse every value.
  func encode(_ value: Int128, forKey key: Key) throws { try encodeAny(value, key) }
  func encode(_ value: UInt128, forKey key: Key) throws { try encodeAny(value, key) }

  private func encodeAny<T: Encodable>(_ value: T, _ key: Key) throws {
    try encode(value, forKey: key)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(KeyedEncoding<NestedKey>(encoder: encoder.object(for: key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    UnkeyedEncoding(encoder: encoder.array(for: key))
  }

  func superEncoder() -> any Encoder { encoder.encoder(for: SuperKey.super) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder.encoder(for: key) }
}
