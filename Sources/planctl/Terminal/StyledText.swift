/// A line of text on a terminal whose parts may have a look of their own.
///
/// The text must not contain control characters: foreign text is `escaped` before.
struct StyledText: Equatable, Sendable, ExpressibleByStringInterpolation {
  /// A look, with its code in the sequence "select graphic rendition" (ECMA-48).
  enum Style: Int, Sendable {
    case plain = 0
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
  }

  private struct Part: Equatable, Sendable {
    var text: String
    var style: Style
  }
  private var parts: [Part] = []

  init(_ text: String, _ style: Style = .plain) { parts = [Part(text: text, style: style)] }

  init(stringLiteral text: String) { self.init(text) }

  /// The text without its looks.
  var text: String { parts.map(\.text).joined() }

  static func + (a: StyledText, b: StyledText) -> StyledText {
    var sum = a
    sum.parts += b.parts
    return sum
  }

  static func += (a: inout StyledText, b: StyledText) { a.parts += b.parts }

  /// The text with spaces at its end, so that it takes at least this number of columns.
  func padded(toColumns columns: Int) -> StyledText {
    self + StyledText(String(repeating: " ", count: max(0, columns - text.displayWidth)))
  }

  /// The beginning that fits into this number of columns, with `…` where it was cut.
  func cut(toColumns columns: Int) -> StyledText {
    guard text.displayWidth > columns else { return self }
    var (cut, rest) = (StyledText(""), columns)
    for part in parts {
      let width = part.text.displayWidth
      // The last column is kept for the sign of the cut.
      guard width < rest else {
        return cut + StyledText(part.text.beginning(ofColumns: rest), part.style)
      }
      cut.parts.append(part)
      rest -= width
    }
    return cut
  }

  /// The text with the sequences that give its parts their looks.
  var rendered: String {
    parts.map { part in
      part.style == .plain
        ? part.text : "\u{1B}[\(part.style.rawValue)m\(part.text)\u{1B}[0m"
    }.joined()
  }
}
