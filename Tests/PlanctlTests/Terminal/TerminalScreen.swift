@testable import planctl

/// What a terminal shows after some output: the sequences that planctl writes, and no others.
///
/// Text that follows in a full line continues on the next one, as on a terminal, unless wrapping is
/// turned off. A sequence that is not understood is kept in `unknown`, where a test finds it.
struct TerminalScreen: Sendable {
  private(set) var columns: Int
  private(set) var rows: Int
  /// The lines that have left the screen at its top, without trailing spaces.
  private(set) var scrollback: [String] = []
  /// How often text went beyond the end of a line while wrapping was off, as it is for live text.
  private(set) var overflows = 0
  /// How often text continued on the next line because one was full.
  private(set) var wraps = 0
  private(set) var isCursorVisible = true
  private(set) var isWrapping = true
  /// The sequences that are not understood.
  private(set) var unknown: [String] = []
  /// How many bytes were fed, to know whether there was anything new.
  private(set) var byteCount = 0

  /// A cell has the text of a character; the second cell of a wide character is empty.
  private var cells: [[String]] = [[]]
  private var row = 0
  private var column = 0
  private var pending: [UInt8] = []
  /// The sequence that has begun: nil outside of one.
  private var sequence: String?
  private var joinsNext = false
  private var saved = (row: 0, column: 0)
  /// What was on the screen, and the place of the cursor, before the alternate screen.
  private var main: (cells: [[String]], row: Int, column: Int)?

  /// Whether the alternate screen is shown, of which nothing goes to `scrollback`.
  var isAlternate: Bool { main != nil }

  init(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }

  /// The lines on the screen, without trailing spaces and without empty lines at the end.
  var lines: [String] {
    var lines = cells.map(Self.text)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// Everything that can be read: what has left the screen and what is on it.
  var all: [String] { scrollback + lines }

  func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

  /// Takes output into account; a character can be divided between two calls.
  mutating func feed(_ bytes: some Collection<UInt8>) {
    byteCount += bytes.count
    pending += bytes
    let complete = pending.count - Self.incompleteTail(of: pending)
    let text = String(decoding: pending[..<complete], as: UTF8.self)
    pending.removeFirst(complete)
    for scalar in text.unicodeScalars { feed(scalar) }
  }

  /// The number of bytes at the end that begin a character whose other bytes are to come.
  private static func incompleteTail(of bytes: [UInt8]) -> Int {
    for count in 1...4 where count <= bytes.count {
      let byte = bytes[bytes.count - count]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > count ? count : 0
    }
    return 0
  }

  private mutating func feed(_ scalar: Unicode.Scalar) {
    if sequence != nil { return feedSequence(scalar) }
    switch scalar {
    case "\u{1B}": sequence = ""
    case "\r": column = 0
    case "\n": lineFeed()
    case "\u{8}": column = max(0, column - 1)
    case "\u{7}": break
    default:
      if scalar.properties.generalCategory == .control {
        unknown.append("control \(scalar.value)")
      } else {
        print(scalar)
      }
    }
  }

  private mutating func lineFeed() {
    row += 1
    if row == rows {
      let line = Self.text(cells.removeFirst())
      if !isAlternate { scrollback.append(line) }
      row -= 1
    }
    while cells.count <= row { cells.append([]) }
  }

  private mutating func print(_ scalar: Unicode.Scalar) {
    let width = String(scalar).displayWidth
    if joinsNext || width == 0 {
      joinsNext = scalar == "\u{200D}"
      if column > 0, column <= cells[row].count {
        let last = cells[row][column - 1].isEmpty ? max(0, column - 2) : column - 1
        cells[row][last].unicodeScalars.append(scalar)
      }
      return
    }
    if column + width > columns {
      if isWrapping {
        wraps += 1
        column = 0
        lineFeed()
      } else {
        overflows += 1
        column = max(0, columns - width)
      }
    }
    while cells[row].count < column + width { cells[row].append(" ") }
    cells[row][column] = String(scalar)
    if width == 2 { cells[row][column + 1] = "" }
    column += width
  }

  private mutating func feedSequence(_ scalar: Unicode.Scalar) {
    let text = (sequence ?? "") + String(scalar)
    sequence = text
    if text == "7" || text == "8" {
      sequence = nil
      if text == "7" { saved = (row, column) } else { (row, column) = saved }
      return
    }
    let isComplete = text.count == 1 ? scalar != "[" : (0x40...0x7E).contains(scalar.value)
    guard isComplete else { return }
    sequence = nil
    let number = Int(text.dropFirst().dropLast())
    switch (text.last, number) {
    case _ where !text.hasPrefix("["): unknown.append(text)
    case ("m", _): break
    case ("A", _): row = max(0, row - (number ?? 1))
    case ("B", _):
      row = min(rows - 1, row + (number ?? 1))
      while cells.count <= row { cells.append([]) }
    case ("K", nil), ("K", 0): cells[row] = Array(cells[row].prefix(column))
    case ("J", nil), ("J", 0):
      // As tmux does, which keeps a screen that is erased as a whole.
      if row == 0, column == 0, !isAlternate { scrollback += lines }
      cells[row] = Array(cells[row].prefix(column))
      cells.removeSubrange((row + 1)...)
    default:
      switch text {
      case "[H": (row, column) = (0, 0)
      case "[?1049h":
        main = main ?? (cells, row, column)
        (cells, row, column) = ([[]], 0, 0)
      case "[?1049l":
        if let main { (cells, row, column) = main }
        main = nil
      case "[?25l": isCursorVisible = false
      case "[?25h": isCursorVisible = true
      case "[?7l": isWrapping = false
      case "[?7h": isWrapping = true
      default: unknown.append(text)
      }
    }
  }

  /// Changes the size as terminals do that fold long lines anew; the cursor stays at its text.
  ///
  /// The lines of the alternate screen are cut.
  mutating func resize(columns: Int, rows: Int) {
    (self.columns, self.rows) = (columns, rows)
    if let before = main {
      let alternate = (cells.prefix(rows).map { Array($0.prefix(columns)) }, row, column)
      (cells, row, column, main) = (before.cells, before.row, before.column, nil)
      fold()
      main = (cells, row, column)
      (cells, row, column) = alternate
      (row, column) = (min(row, rows - 1), min(column, columns - 1))
    } else {
      fold()
    }
  }

  private mutating func fold() {
    var folded: [[String]] = []
    var place = (row: 0, column: 0)
    for (number, line) in cells.enumerated() {
      let text = Self.trimmed(line)
      let pieces = stride(from: 0, to: max(1, text.count), by: columns)
        .map { Array(text[min($0, text.count)..<min($0 + columns, text.count)]) }
      if number == row {
        let piece = min(column / columns, pieces.count - 1)
        place = (folded.count + piece, min(column - piece * columns, columns - 1))
      }
      folded += pieces
    }
    // The line of the cursor stays on the screen: what does not fit is lost at the end first.
    let surplus = max(0, folded.count - rows)
    let below = min(surplus, folded.count - 1 - place.row)
    folded.removeLast(below)
    scrollback += folded.prefix(surplus - below).map(Self.text)
    cells = Array(folded.dropFirst(surplus - below))
    (row, column) = (place.row - (surplus - below), place.column)
  }

  private static func trimmed(_ line: [String]) -> [String] {
    Array(line.prefix((line.lastIndex { $0 != " " } ?? -1) + 1))
  }

  private static func text(_ line: [String]) -> String { trimmed(line).joined() }
}
