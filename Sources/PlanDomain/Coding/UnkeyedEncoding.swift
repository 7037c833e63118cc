/// Encodes the elements of an array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
  let encoder: ValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.count }

  func encodeNil() throws { encoder.append(.null) }

  func encode<T: Encodable>(_ value: T) throws {
    let key = IndexKey(encoder.count)
    encoder.append(try encoder.session.encode(value, below: encoder.path, key))
  }

  // The protocol has default implementations of these two, which refuse every value.
  func encode(_ value: Int128) throws { try encodeAny(value) }
  func encode(_ value: UInt128) throws { try encodeAny(value) }

  private func encodeAny<T: Encodable>(_ value: T) throws { try encode(value) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(KeyedEncoding<NestedKey>(encoder: encoder.appendObject()))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    UnkeyedEncoding(encoder: encoder.appendArray())
  }

  func superEncoder() -> any Encoder { encoder.appendEncoder() }
}
