/// The encoding of bytes as text that RFC 4648 calls base64, with padding.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  /// The value of each byte; nil for bytes outside the alphabet.
  private static let digits: [UInt32?] = (UInt8.min...UInt8.max).map { byte in
    alphabet.firstIndex(of: byte).map { UInt32($0) }
  }

  /// The text of these bytes.
  static func text(of bytes: [UInt8]) -> String {
    var characters: [UInt8] = []
    characters.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for digit in 0..<4 {
        characters.append(
          digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : padding)
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }

  /// The bytes of a text; nil when it is not base64 with padding and without line breaks.
  static func bytes(of text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    let padded = characters.suffix(2).reversed().prefix { $0 == padding }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    var (bits, count): (UInt32, Int) = (0, 0)
    for character in characters.dropLast(padded) {
      guard let digit = digits[Int(character)] else { return nil }
      bits = (bits << 6 | digit) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
