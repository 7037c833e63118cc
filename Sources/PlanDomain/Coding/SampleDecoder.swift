/// Decodes sample values where there is no document.
///
/// A type that refuses one sample, as `UUID` refuses an empty string, is decoded from the next.
struct SampleDecoder: Decoder, SingleValueDecodingContainer {
  /// The record of the member that is decoded; nil inside of the member's value.
  let member: MemberRecord?
  /// Which sample is decoded.
  let choice: Int
  /// Of arrays inside each other, the number of outer ones that have an element.
  let filled: Int
  /// The number of types around this one.
  let level: Int

  // The first one is not empty, because a type may read the first character.
  private static let texts = [
    "0", "a:", "", "a/b", "00000000-0000-0000-0000-000000000000", "1970-01-01T00:00:00Z",
    "00000000000000000000000000",
  ]

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// A sample of this type; notes in `member` how it is decoded.
  static func sample<T: Decodable>(
    _ type: T.Type, _ member: MemberRecord?, choice: Int = 0, filled: Int, level: Int
  ) throws -> T {
    if let leaf = leaf(type, member, choice) { return leaf }
    guard level < CodingPath.maxLevel else { throw SampleRefusal(reason: "it contains itself") }
    if let foundation = FoundationType(type) {
      member?.note(.string)
      let document: JSONValue = foundation == .url ? "a:" : ""
      return try ValueDecoder.decode(type, document, below: .root, nil)
    }
    let first = (type as? any CaseIterable.Type)?.firstCase as? T
    for choice in texts.indices {
      do {
        let sample = try T(
          from: SampleDecoder(member: member, choice: choice, filled: filled, level: level + 1))
        return first ?? sample
      } catch {
        if let first { return first }
        // A value inside refuses all samples; otherwise the next one may do.
        if error is SampleRefusal { throw error }
      }
    }
    throw SampleRefusal(reason: "its type \(type) refuses all sample values")
  }

  /// A sample of a type that contains no other values; nil for other types.
  private static func leaf<T>(_ type: T.Type, _ member: MemberRecord?, _ choice: Int) -> T? {
    func number<I: FixedWidthInteger>(_ integer: I.Type) -> T? {
      member?.note(integer)
      return I(choice) as? T
    }
    func noted<V>(_ argument: ArgumentType, _ value: V) -> V {
      member?.note(argument)
      return value
    }
    if type == String.self { return noted(.string, texts[choice]) as? T }
    if type == Bool.self { return noted(.boolean, choice == 0) as? T }
    if type == Double.self { return noted(.number, Double(choice)) as? T }
    if type == Float.self { return noted(.number, Float(choice)) as? T }
    if type == Duration.self { return noted(.list, Duration.seconds(choice)) as? T }
    if type == Int.self { return number(Int.self) }
    if type == Int64.self { return number(Int64.self) }
    if type == Int32.self { return number(Int32.self) }
    if type == Int16.self { return number(Int16.self) }
    if type == Int8.self { return number(Int8.self) }
    if type == UInt.self { return number(UInt.self) }
    if type == UInt64.self { return number(UInt64.self) }
    if type == UInt32.self { return number(UInt32.self) }
    if type == UInt16.self { return number(UInt16.self) }
    if type == UInt8.self { return number(UInt8.self) }
    if type == Int128.self { return number(Int128.self) }
    if type == UInt128.self { return number(UInt128.self) }
    return nil
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    member?.note(.object)
    return KeyedDecodingContainer(
      SampleMembers<Key>(choice: choice, filled: filled, level: level))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    member?.note(.list)
    return SampleElements(choice: choice, filled: filled, level: level)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  /// Inside of a member's value, optionals are nil; so samples of recursive types have an end.
  func decodeNil() -> Bool {
    guard let member else { return true }
    member.isOptional = true
    return false
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try Self.sample(type, member, choice: choice, filled: filled, level: level)
  }

  // The protocol has default implementations of these two, which refuse every value.
  func decode(_ type: Int128.Type) throws -> Int128 { try decodeAny(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try decodeAny(type) }

  private func decodeAny<T: Decodable>(_ type: T.Type) throws -> T { try decode(type) }
}

extension CaseIterable {
  /// The first case.
  fileprivate static var firstCase: Any? { allCases.first }
}
