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
