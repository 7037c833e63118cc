import PlanDomain
import TestSupport
import Testing

@Suite("Patterns of arguments")
struct PatternTests {
  private static func matches(_ pattern: String, _ text: String) -> Bool {
    let pattern = Pattern(pattern)
    return pattern.refusal == nil && pattern.match(text).isMatch
  }

  // Protection 23: what the automaton does is counted, so that no clock is needed. With backtracking
  // the smaller text would take more steps than there are atoms.
  @Test(
    "on which backtracking is exponential take steps in proportion to the text",
    arguments: [
      "([a-z]+)+\\.txt", "(a|a)*b", "(a*)*b", "(a|aa)+b", "((a?){1,9}){1,9}b", "(.*)*x",
      "(\\w+\\s?)*!", "(|a|a?)*b", "a{0,300}b",
    ])
  func linear(source: String) {
    let pattern = Pattern(source)
    #expect(pattern.refusal == nil)
    let (short, long) = (String(repeating: "a", count: 500), String(repeating: "a", count: 4_000))
    let (few, many) = (pattern.match(short), pattern.match(long))
    #expect(!few.isMatch && !many.isMatch)
    #expect(many.steps <= 9 * few.steps, "\(few.steps) steps, then \(many.steps)")
    #expect(many.steps <= 4_001 * 2 * PlanLimits.patternInstructions)
  }

  @Test("mean what they mean to the standard library, for generated patterns and texts")
  func standardLibrary() throws {
    var generator = PatternGenerator(random: .announced())
    var (matched, compared) = (0, 0)
    for _ in 0..<Rounds.scaled(3_000) {
      let source = generator.pattern()
      let pattern = Pattern(source)
      let expression = try Regex(source).matchingSemantics(.unicodeScalar)
      #expect(pattern.refusal == nil, "\(source.debugDescription)")
      for _ in 0..<6 {
        let text = generator.text()
        let isExpected = try expression.wholeMatch(in: text) != nil
        compared += 1
        if isExpected { matched += 1 }
        guard pattern.match(text).isMatch == isExpected else {
          Issue.record("\(source.debugDescription) and \(text.debugDescription): not \(isExpected)")
          return
        }
      }
    }
    #expect(matched > compared / 50 && matched < compared)
  }

  @Test("stand for the same scalars as those of the standard library, in every plane")
  func sets() throws {
    for source in ["\\d", "\\w", "\\s", ".", "[^\\w]", "\\D", "[\\S]"] {
      let pattern = Pattern(source)
      let expression = try Regex(source).matchingSemantics(.unicodeScalar)
      for value in stride(from: 0 as UInt32, through: 0x10FFFF, by: 61) {
        guard let scalar = Unicode.Scalar(value) else { continue }
        let text = String(Character(scalar))
        let isExpected = try expression.wholeMatch(in: text) != nil
        #expect(pattern.match(text).isMatch == isExpected, "\(source), \(value)")
      }
    }
  }

  @Test(
    "are matched with the whole text",
    arguments: [
      ("", "", "a"), ("(ab)+", "abab", "aba"), ("(a|b)*c", "abbac", "abd"),
      ("^[a-z]+$", "abc", "abc\n"), ("a|^$", "", "b"), ("[^a-c-]", "d", "-"), ("[-a]", "-", "b"),
      ("\\x41\\u0042\\u{43}", "ABC", "abc"), ("a{2}", "aa", "aaa"), ("a{2,}", "aaa", "a"),
      ("a{1,2}?b", "aab", "aaab"), ("[\\]\\\\]", "]", "["), ("é", "é", "e\u{301}"),
      (".", "☃", "\n"), ("(?:x|y)(z)", "yz", "xx"), ("a$", "a", "a\n"), ("(^a)*", "a", "aa"),
      ("a{0}(b{0}){9}", "", "a"), ("[\\d_]+", "4_2", "4-2"), ("a.c", "a\u{1F600}c", "ac"),
      ("}]", "}]", "]}"),
    ])
  func examples(source: String, match: String, other: String) {
    #expect(Self.matches(source, match))
    #expect(!Self.matches(source, other) && Pattern(source).refusal == nil)
  }

  @Test(
    "are refused by the name and the place of what is not supported",
    arguments: [
      ("(a)\\1", "a back-reference (\\1) at character 4"), ("\\k<x>", "a back-reference"),
      ("a(?=b)", "a look-ahead at character 2"), ("(?!b)", "a look-ahead"),
      ("(?<=b)", "a look-behind at character 1"), ("(?<!b)", "a look-behind"),
      ("(?<n>b)", "a named group"), ("(?P<n>b)", "a named group"), ("(?>b)", "an atomic group"),
      ("(?i)b", "a flag"), ("(?#b)", "a comment"), ("(?", "a flag"),
      ("\\p{L}", "a Unicode property"),
      ("\\bx", "a boundary (\\b)"), ("x\\Z", "a boundary (\\Z) at character 2"),
      ("\\0", "an octal escape"), ("\\v", "an escape that is not supported (\\v)"),
      ("\\é", "an escape that is not supported"), ("x\\", "a '\\' with nothing after it"),
      ("\\x4", "a \\x that names no character"), ("\\u{110000}", "a \\u that names no character"),
      ("\\ud800", "a \\u that names no character"), ("\\u{}", "a \\u that"),
      ("a++", "a possessive quantifier at character 2"), ("a{2}+", "a possessive quantifier"),
      ("a**", "a quantifier after a quantifier at character 3"), ("a+??", "a quantifier after a"),
      ("^*", "a quantifier after ^"), ("$?", "a quantifier after $"),
      ("*", "a quantifier with nothing to repeat at character 1"), ("a|+", "a quantifier with"),
      ("(*)", "a quantifier with nothing"), ("{2}", "a '{' with nothing to repeat"),
      ("a{", "a '{' that is not {m}"), ("a{,2}", "a '{' that is not {m}"),
      ("a{x}", "a '{' that is"),
      ("a{3,2}", "a repetition whose minimum exceeds its maximum at character 2"),
      ("a{1001}", "a count above 1000"), ("a{99999999999999999999}", "a count above 1000"),
      ("(a", "a '(' without its ')' at character 1"), ("a)", "a ')' without its '('"),
      ("[a", "a '[' without its ']' at character 1"), ("[", "a '[' without"),
      ("[]", "a class without members"), ("[^]", "a class without members"),
      ("[c-a]", "a range whose ends"), ("[a-\\d]", "a range whose ends"),
      ("[a[b]]", "a '[' inside of a class"), ("[[:alpha:]]", "a named class"),
      ("[a&&b]", "an operation on classes at character 3"), ("[a--b]", "an operation on classes"),
      ("[a~~b]", "an operation on classes"), ("[\\d-x]", "a '-' between members of a class"),
    ])
  func refusals(source: String, what: String) throws {
    let refused = #expect(throws: PlanError.self) {
      try ArgumentDefinition(name: "a", type: .string, pattern: source)
    }
    #expect(refused?.code == .invalidArgumentDefinition)
    #expect(refused?.description.contains("its pattern has \(what)") == true, "\(refused as Any)")
  }

  @Test("are bounded in length, in depth and in size, however they are nested")
  func bounds() {
    let open = String(repeating: "(", count: 512)
    let nested = (0..<30).reduce("a") { inner, _ in "(\(inner)){9}" }
    for (source, what) in [
      (open + String(repeating: ")", count: 512), "nested more than 32 deep"), (open, "nested"),
      (nested, "is too large"), ("(a{100}){100}", "is too large"), ("[a-z]{1000}", "is too large"),
      (String(repeating: "x", count: 1025), "is longer than 1024 bytes"),
    ] {
      #expect(Pattern(source).refusal?.reason.contains(what) == true)
    }
    let deepest = String(repeating: "(", count: 32) + "a" + String(repeating: ")", count: 32)
    #expect(Self.matches(deepest, "a"))
    // Nothing, however often, is nothing: this must not count up to 1000 to the tenth.
    let nothing = (0..<10).reduce("") { inner, _ in "(\(inner)){1000}" }
    #expect(Self.matches(nothing, "") && !Self.matches(nothing, "a"))
  }

  @Test("never crash the parser and match in linear time, whatever they contain")
  func fuzzing() {
    var generator = PatternGenerator(random: .announced())
    var accepted = 0
    for _ in 0..<Rounds.scaled(20_000) {
      let pattern = Pattern(generator.mutated())
      guard pattern.refusal == nil else { continue }
      accepted += 1
      let text = generator.text()
      let positions = text.unicodeScalars.count + 1
      #expect(pattern.match(text).steps <= positions * 2 * PlanLimits.patternInstructions)
    }
    #expect(accepted > 0)
  }

  @Test("allow texts as long as their size permits, and say how long that is")
  func longTexts() throws {
    let definition = try ArgumentDefinition(name: "a", type: .string, pattern: "[a-z]*")
    try definition.check(.string(String(repeating: "x", count: 1 << 20)))
    let large = try ArgumentDefinition(name: "a", type: .string, pattern: "(.?){490}")
    let longest = Pattern("(.?){490}").longestText
    #expect(longest > 4_096)
    let error = #expect(throws: PlanError.self) {
      try large.check(.string(String(repeating: "x", count: longest + 1)))
    }
    #expect(error?.description.contains("more than \(longest) bytes") == true)
  }

  @Test("are equal when they were written with the same bytes")
  func equality() {
    #expect(Pattern("a+") == Pattern("a+") && Pattern("a+").hashValue == Pattern("a+").hashValue)
    #expect(Pattern("\u{E9}") != Pattern("e\u{301}") && Pattern("(a)") != Pattern("(?:a)"))
  }
}
