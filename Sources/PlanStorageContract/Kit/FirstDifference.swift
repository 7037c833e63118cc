/// Two texts, cut around their first difference if they are long.
///
/// The contents of a store can be megabytes long, too long for a report.
struct FirstDifference: Equatable {
  /// The expected text, perhaps cut.
  let expected: String
  /// The actual text, perhaps cut.
  let got: String

  /// Texts of up to this many bytes are not cut.
  private static let wholeBytes = 600
  private static let bytesBefore = 100
  private static let bytesAfter = 300

  /// Compares the texts byte by byte.
  init(_ expected: String, _ got: String) {
    let (a, b) = (Array(expected.utf8), Array(got.utf8))
    var position = 0
    while position < min(a.count, b.count), a[position] == b[position] { position += 1 }
    self.expected = Self.cut(expected, a, around: position)
    self.got = Self.cut(got, b, around: position)
  }

  private static func cut(_ text: String, _ bytes: [UInt8], around position: Int) -> String {
    guard bytes.count > wholeBytes else { return text }
    let start = boundary(bytes, max(0, position - bytesBefore))
    let end = boundary(bytes, min(bytes.count, position + bytesAfter))
    let head = start > 0 ? "[\(start) bytes, the same in both] … " : ""
    let tail = end < bytes.count ? " … [\(bytes.count - end) more bytes]" : ""
    return head + String(decoding: bytes[start..<end], as: UTF8.self) + tail
  }

  /// The start of the character that contains the byte at this position.
  private static func boundary(_ bytes: [UInt8], _ position: Int) -> Int {
    var position = position
    while position > 0, position < bytes.count, bytes[position] & 0xC0 == 0x80 { position -= 1 }
    return position
  }
}
