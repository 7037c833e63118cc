import Testing

@testable import planctl

/// The tests of terminals rely on this model.
@Suite("The model of a terminal's screen")
struct TerminalScreenTests {
  private func screen(_ text: String, columns: Int = 10, rows: Int = 3) -> TerminalScreen {
    var screen = TerminalScreen(columns: columns, rows: rows)
    screen.feed(text.utf8)
    return screen
  }

  @Test("overwrites, erases and moves as the sequences say")
  func sequences() {
    #expect(screen("abc\rx").lines == ["xbc"])
    #expect(screen("abcdef\r\u{1B}[Kx").lines == ["x"])
    #expect(screen("one\r\ntwo\r\u{1B}[1Ax\u{1B}[J").lines == ["x"])
    #expect(screen("1\r\n2\r\n3\u{1B}[2A\r\u{1B}7\u{1B}[B\u{1B}[J\u{1B}8x").lines == ["x"])
    #expect(screen("\u{1B}[31mred\u{1B}[0m").lines == ["red"])
    #expect(
      !screen("\u{1B}[?25l").isCursorVisible && screen("\u{1B}[?25l\u{1B}[?25h").isCursorVisible)
    #expect(screen("\u{1B}[2J\u{1B}c\u{2}").unknown == ["[2J", "c", "control 2"])
  }

  @Test("continues a line that is full on the next one, and counts it")
  func wrapping() {
    let wrapped = screen("0123456789ab")
    #expect(wrapped.lines == ["0123456789", "ab"] && wrapped.wraps == 1 && wrapped.overflows == 0)
    let cut = screen("\u{1B}[?7l0123456789ab")
    #expect(cut.lines == ["012345678b"] && cut.overflows == 2 && cut.wraps == 0)
    #expect(screen("0123456789").wraps == 0)
  }

  @Test("keeps what leaves the screen at its top")
  func scrolling() {
    let full = screen("1\r\n2\r\n3\r\n4")
    #expect(full.scrollback == ["1"] && full.lines == ["2", "3", "4"])
  }

  @Test("shows the alternate screen instead of the main one, and then the main one again")
  func alternate() {
    var screen = screen("main\r\u{1B}[?1049h\u{1B}[H1\r\n2\r\n3\r\n4")
    #expect(screen.lines == ["2", "3", "4"] && screen.scrollback.isEmpty && screen.isAlternate)
    screen.resize(columns: 2, rows: 3)
    screen.feed("\u{1B}[?1049l|".utf8)
    #expect(screen.lines == ["|a", "in"] && !screen.isAlternate)
  }

  @Test("puts together characters that come in parts, and knows the wide ones")
  func characters() {
    var screen = TerminalScreen(columns: 10, rows: 3)
    for byte in "é漢e\u{301}😀|".utf8 { screen.feed([byte]) }
    #expect(screen.lines == ["é漢e\u{301}😀|"])
    #expect(self.screen("漢字漢字漢字").wraps == 1)
  }

  @Test("folds lines anew when it becomes narrower, and keeps the line of the cursor")
  func resizing() {
    var screen = screen("abcdefgh\r\nxy\r", rows: 3)
    screen.resize(columns: 4, rows: 3)
    #expect(screen.lines == ["abcd", "efgh", "xy"])
    screen.feed("z".utf8)
    #expect(screen.lines == ["abcd", "efgh", "zy"])
    screen.resize(columns: 4, rows: 1)
    #expect(screen.lines == ["zy"] && screen.scrollback == ["abcd", "efgh"])
  }
}

@Suite("Texts on a terminal")
struct StyledTextTests {
  @Test("are as wide as a terminal shows them")
  func widths() {
    let widths: [(String, Int)] = [
      ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("😀", 2), ("👨‍👩‍👧", 2), ("❤️", 2), ("🇩🇪", 2),
      ("\u{200B}", 0), ("\u{301}", 0), ("ｆ", 2), ("한", 2), ("→…│└─", 5),
    ]
    for (text, width) in widths { #expect(text.displayWidth == width, "\(text)") }
  }

  @Test("are cut to a number of columns with their looks")
  func cut() {
    let text = StyledText("漢字", .red) + StyledText("abc") + StyledText("def", .dim)
    #expect(text.cut(toColumns: 10) == text)
    #expect(text.cut(toColumns: 9).text == "漢字abcd…")
    #expect(text.cut(toColumns: 5).text == "漢字…")
    #expect(text.cut(toColumns: 4).text == "漢…")
    #expect(text.cut(toColumns: 1).text == "…" && text.cut(toColumns: 0).text == "")
    #expect(text.cut(toColumns: 5).rendered == "\u{1B}[31m漢字\u{1B}[0m…")
    #expect(StyledText("ab").padded(toColumns: 4).text == "ab  ")
    for columns in 0...12 { #expect(text.cut(toColumns: columns).text.displayWidth <= columns) }
  }
}
