extension String {
  /// The number of columns that the text takes on a terminal.
  ///
  /// Wide and full-width East Asian characters and emoji take two columns (Unicode Annex 11), marks
  /// and invisible characters none.
  var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  /// The beginning of the text that fits into this number of columns, with `…` where it was cut.
  func cut(toColumns columns: Int) -> String {
    displayWidth > columns ? beginning(ofColumns: columns) : self
  }

  /// The beginning of the text with `…` in the last of these columns at the latest.
  func beginning(ofColumns columns: Int) -> String {
    guard columns > 0 else { return "" }
    var (text, width) = ("", 0)
    for character in self {
      guard width + character.displayWidth < columns else { break }
      text.append(character)
      width += character.displayWidth
    }
    return text + "…"
  }
}

extension Character {
  fileprivate var displayWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    if scalar.value < 0x300 { return unicodeScalars.contains(Self.emojiStyle) ? 2 : 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    let isWide =
      scalar.properties.isEmojiPresentation || unicodeScalars.contains(Self.emojiStyle)
      || Self.wideRanges.contains { $0.contains(scalar.value) }
    return isWide ? 2 : 1
  }

  /// The scalar that asks for the colourful form of the character before it.
  private static let emojiStyle: Unicode.Scalar = "\u{FE0F}"

  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
    0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]
}
