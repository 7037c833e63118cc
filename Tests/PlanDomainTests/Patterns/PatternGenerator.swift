import TestSupport

/// Patterns of the supported subset, and texts that they match now and then.
struct PatternGenerator {
  private var random: SeededGenerator

  init(random: SeededGenerator) { self.random = random }

  private mutating func one(of choices: [String]) -> String {
    choices.randomElement(using: &random) ?? ""
  }

  private mutating func number(_ range: Range<Int>) -> Int { .random(in: range, using: &random) }

  /// A pattern that the standard library also matches in good time: it backtracks, so only single
  /// characters are repeated without bound.
  mutating func pattern(depth: Int = 2) -> String {
    (0..<number(1..<3)).map { _ in sequence(depth) }.joined(separator: "|")
  }

  private mutating func sequence(_ depth: Int) -> String {
    (0..<number(0..<4)).map { _ in
      guard depth > 0, number(0..<4) == 0 else {
        if number(0..<12) == 0 { return one(of: ["^", "$"]) }
        return character()
          + one(of: [
            "", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{0}", "*?", "+?", "{1,2}?",
          ])
      }
      return one(of: ["(", "(?:"]) + pattern(depth: depth - 1) + ")" + one(of: ["", "?", "{0,2}"])
    }.joined()
  }

  private mutating func character() -> String {
    let escapes = ["\\d", "\\w", "\\s", "\\D", "\\W", "\\S"]
    switch number(0..<6) {
    case 0: return "."
    case 1: return one(of: escapes)
    case 2, 3:
      let members = [
        "a", "b", "a-c", "0-9", "☃", "\\]", "\\-", ".", "\\u{1F600}-\\u{1F610}", "\\n",
      ]
      let count = number(1..<4)
      return "[" + one(of: ["", "^"]) + (0..<count).map { _ in one(of: members + escapes) }.joined()
        + one(of: ["", "-"]) + "]"
    default:
      return one(of: [
        "a", "b", "c", "1", "☃", "é", "\\.", "\\n", "\\x41", "\\u{62}", "-", "}", "]", " ",
      ])
    }
  }

  /// A text that the standard library reads scalar by scalar.
  ///
  /// Its `\w` leaves out a digit before a character that is not ASCII, and it takes a carriage
  /// return and a line feed together: such texts are not made.
  mutating func text() -> String {
    let characters = ["a", "a", "b", "b", "c", "☃", "é", "\n", "A", " ", "x", ".", "-", "😀", "²"]
    var text = ""
    for _ in 0..<number(0..<7) {
      if number(0..<8) == 0 { text += one(of: ["1a", "1 ", "10a"]) }
      text += one(of: characters + ["٣", "\u{2028}", "]", "}"])
    }
    return text + one(of: ["", "", "1"])
  }

  /// Nearly a pattern.
  mutating func mutated() -> String {
    var scalars = Array(pattern(depth: 3).unicodeScalars)
    let signs = Array("()[]{}|*+?\\^$-,.09azd:<=!☃\u{301}\0".unicodeScalars)
    for _ in 0..<number(0..<5) {
      let position = number(0..<scalars.count + 1)
      if Bool.random(using: &random), position < scalars.count {
        scalars.remove(at: position)
      } else {
        scalars.insert(signs[number(0..<signs.count)], at: position)
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
