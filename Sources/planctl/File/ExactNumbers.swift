import Foundation

/// Finds numbers in a JSON text that would become other ones.
///
/// Integers of up to 64 bits are kept exactly, other numbers as doubles. A text that is some double
/// with all or some of its digits, as programs print them, counts as kept.
enum ExactNumbers {
  /// Why a number is refused, and what to do.
  static let advice =
    "the number cannot be kept exactly; write it with at most 15 significant digits, or as a text"

  /// The offset of the first number that is not kept, in a valid JSON text; nil for none.
  static func firstLoss(in bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let end = bytes[index...].firstIndex { !isPartOfNumber($0) } ?? bytes.count
        if !isKept(bytes[index..<end]) { return index }
        index = end
      default: index += 1
      }
    }
    return nil
  }

  private static func isPartOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "E"), UInt8(ascii: "e"):
      true
    default: false
    }
  }

  private static func isKept(_ number: ArraySlice<UInt8>) -> Bool {
    // The parser refuses integers that have more than 64 bits.
    guard
      number.contains(where: {
        [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains($0)
      })
    else { return true }
    guard let written = Decimal(number) else { return true }
    if written.digits.count <= 15, (-300...300).contains(written.exponent) { return true }
    // No double has more significant digits.
    guard written.digits.count <= 767, let value = Double(String(decoding: number, as: UTF8.self)),
      value != 0
    else { return false }
    let rounded = String(format: "%.*e", written.digits.count - 1, value)
    guard let kept = Decimal(Array(rounded.utf8)[...], trimming: false) else { return false }
    return kept.digits == written.digits && kept.exponent == written.exponent
  }

  /// A number other than zero as its significant digits and the exponent of the first one.
  private struct Decimal {
    var digits: [UInt8] = []
    var exponent = 0

    /// Reads a number; nil for zero.
    ///
    /// With `trimming`, zeros at the end of the digits do not count.
    init?(_ number: ArraySlice<UInt8>, trimming: Bool = true) {
      let mark = number.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? number.endIndex
      var beforePoint = 0
      var isFraction = false
      for byte in number[..<mark] {
        if byte == UInt8(ascii: ".") { isFraction = true }
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { continue }
        let isLeading = digits.isEmpty && byte == UInt8(ascii: "0")
        if !isLeading { digits.append(byte) }
        if !isFraction, !isLeading { beforePoint += 1 }
        if isFraction, isLeading { beforePoint -= 1 }
      }
      if trimming { while digits.last == UInt8(ascii: "0") { digits.removeLast() } }
      guard !digits.isEmpty else { return nil }
      exponent = beforePoint - 1 + Self.exponent(number[mark...].dropFirst())
    }

    /// The value of the digits after the letter e; one that is very large is cut.
    private static func exponent(_ text: ArraySlice<UInt8>) -> Int {
      let digits = text.drop { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      let value = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1 << 40) }
      return text.first == UInt8(ascii: "-") ? -value : value
    }
  }
}
