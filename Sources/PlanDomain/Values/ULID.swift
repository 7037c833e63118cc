/// A sortable 128-bit identifier, written as 26 characters of Crockford's base 32.
///
/// 48 bits of milliseconds since the Unix epoch, then 80 bits that distinguish ids of one
/// millisecond. Ids and their texts have the same order.
public struct ULID: Hashable, Sendable {
  /// The upper 64 bits.
  package let high: UInt64
  /// The lower 64 bits.
  package let low: UInt64

  /// Creates an id from its bits.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Creates an id from the low 48 bits of `milliseconds` and 80 bits of randomness.
  public init(milliseconds: UInt64, randomness: (high: UInt16, low: UInt64)) {
    self.init(high: milliseconds << 16 | UInt64(randomness.high), low: randomness.low)
  }

  /// Parses an id; letters may be lowercase.
  ///
  /// - Throws: ``PlanError/Code/invalidID`` for another length than 26 characters, for characters
  ///   outside the alphabet (such as I, L, O and U), and for more than 128 bits.
  public init(_ text: some StringProtocol) throws(PlanError) {
    // Of the bytes of a `String`: this is called from other modules, which cannot specialize it.
    var text = String(text)
    self = try text.withUTF8 { Self.parsed($0) }.get()
  }

  private static func parsed(_ text: UnsafeBufferPointer<UInt8>) -> Result<ULID, PlanError> {
    guard text.count == 26 else {
      return .failure(.invalidID(reason: "it does not have 26 characters"))
    }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for (position, character) in text.enumerated() {
      guard let digit = digit(character) else {
        return .failure(
          .invalidID(reason: "character \(position + 1) is not in Crockford's base 32"))
      }
      guard position > 0 || digit < 8 else {
        return .failure(.invalidID(reason: "it is above 7ZZZZZZZZZZZZZZZZZZZZZZZZZ"))
      }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(digit)
    }
    return .success(ULID(high: high, low: low))
  }

  /// The milliseconds since the Unix epoch.
  package var milliseconds: UInt64 { high >> 16 }

  /// The next id of the same millisecond; nil after the last one.
  package func successor() -> ULID? {
    let (low, carry) = low.addingReportingOverflow(1)
    guard carry else { return ULID(high: high, low: low) }
    guard high & 0xFFFF != 0xFFFF else { return nil }
    return ULID(high: high + 1, low: 0)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): letters[Int(character - UInt8(ascii: "A"))]
    case UInt8(ascii: "a")...UInt8(ascii: "z"): letters[Int(character - UInt8(ascii: "a"))]
    default: nil
    }
  }

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  /// The value of each letter from A to Z; nil for letters outside the alphabet.
  private static let letters: [UInt8?] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { letter in
    alphabet.firstIndex(of: letter).map(UInt8.init)
  }
}

extension ULID: Comparable, CustomStringConvertible {
  /// Orders ids by their bits.
  public static func < (a: ULID, b: ULID) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// The 26 characters, in uppercase.
  public var description: String {
    String(unsafeUninitializedCapacity: 26) { buffer in
      var (high, low) = (high, low)
      for position in stride(from: 25, through: 0, by: -1) {
        buffer[position] = Self.alphabet[Int(low & 31)]
        low = low >> 5 | high << 59
        high >>= 5
      }
      return 26
    }
  }
}
