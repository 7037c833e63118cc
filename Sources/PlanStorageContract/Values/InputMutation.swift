/// Generates slightly changed texts, as invalid input of decoders.
package struct InputMutation {
  private var random: SeededGenerator

  private static let tokens = [
    "null", "true", "-0", "1e999", "9223372036854775808", "-9223372036854775808", "0.1", "\"\"",
    "[]", "{}", "[", "{", "}", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\u{0}", "\u{FEFF}",
    "\u{202E}", "👩‍👩‍👧‍👦", "%00", "%2e%2e", "../", "//", ":", "?", "#", "memory:", "sqlite:", " ", "\n",
    "é", "{{", "}}", "{x}", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
  ].map { Array($0.utf8) }

  /// A generator with this seed.
  package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// The bytes with one to four changes.
  ///
  /// A change flips a bit, replaces a byte, removes, doubles, copies or repeats a part, or inserts
  /// a text that decoders often handle incorrectly.
  package mutating func of(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0..<number(1...4) {
      let position = number(0...bytes.count)
      let end = min(bytes.count, position + number(0...12))
      switch number(0...7) {
      case 0 where position < bytes.count: bytes[position] ^= 1 << UInt8(number(0...7))
      case 1 where position < bytes.count: bytes[position] = UInt8(number(0...255))
      case 2: bytes.removeSubrange(position..<end)
      case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
      case 4: bytes.insert(contentsOf: bytes[position..<end], at: number(0...bytes.count))
      case 5:
        bytes.insert(
          contentsOf: repeatElement(UInt8(number(0...255)), count: number(1...300)), at: position)
      default:
        bytes.replaceSubrange(
          position..<end, with: Self.tokens[number(0...(Self.tokens.count - 1))])
      }
    }
    return bytes
  }

  /// A number in this range.
  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    .random(in: range, using: &random)
  }
}
