/// Rows of text in aligned columns, for people.
struct TextTable {
  private var rows: [[String]]

  /// Creates a table with the titles of its columns.
  init(_ titles: String...) { rows = [titles] }

  /// Adds a row; foreign text in it is escaped.
  mutating func add(_ cells: [String]) { rows.append(cells.map(\.escaped)) }

  /// The lines; each column is as wide as its widest cell, and the last one is not padded.
  var text: String {
    let widths = rows[0].indices.map { column in
      rows.map { column < $0.count ? $0[column].displayWidth : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.displayWidth)
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension String {
  /// The number of columns that the text takes on a terminal.
  ///
  /// Wide and full-width East Asian characters and emoji take two columns (Unicode Annex 11).
  var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

  /// The beginning of the text that fits into this number of columns, with `…` where it was cut.
  func cut(toColumns columns: Int) -> String {
    guard displayWidth > columns else { return self }
    var (text, width) = ("", 0)
    for character in self {
      guard width + character.displayWidth < columns else { break }
      text.append(character)
      width += character.displayWidth
    }
    return columns > 0 ? text + "…" : ""
  }
}

extension Character {
  fileprivate var displayWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    let isWide =
      scalar.properties.isEmojiPresentation
      || Self.wideRanges.contains { $0.contains(scalar.value) }
    return isWide ? 2 : 1
  }

  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
    0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]
}
