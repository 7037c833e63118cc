/// A regular expression that is matched against whole texts, in time linear in the text.
///
/// Matches Unicode scalars. The supported subset:
/// - literals; `.` for any scalar except a line break;
/// - escapes `\t \n \r \f \xHH \x{…} \uHHHH \u{…}`, and `\` before a punctuation character;
/// - `\d` (numeric), `\w` (alphabetic, `0-9`, `_`), `\s` (white space), `\D`, `\W`, `\S`;
/// - classes such as `[a-z_]` and `[^\d-]`, in which `[`, `]`, `\` and repeated `&`, `-`, `~`
///   are written as escapes;
/// - groups `(…)` and `(?:…)`, alternatives `|`;
/// - `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`; a `?` after them is allowed and does not change
///   whether the whole text matches;
/// - `^` and `$`, the beginning and the end of the text.
///
/// These have the meaning that they have in the standard library's `Regex` with
/// `matchingSemantics(.unicodeScalar)`. All other constructs are refused.
///
/// Compiled once, when it is created. Patterns are equal when their sources have the same bytes.
package struct Pattern: Sendable {
  /// The source text.
  package let source: String
  /// The compiled pattern, or the error of an unsupported source.
  private let outcome: Result<PatternProgram, PatternRefusal>

  /// Parses and compiles a pattern; if that fails, ``refusal`` is the error.
  package init(_ source: String) {
    self.source = source
    outcome = Result { () throws(PatternRefusal) in
      guard source.utf8.count <= PlanLimits.patternBytes else {
        throw PatternRefusal("is longer than \(PlanLimits.patternBytes) bytes; shorten it")
      }
      var parser = PatternParser(source)
      let (node, sets) = try parser.pattern()
      return try PatternProgram(node, sets)
    }
  }

  /// The unsupported construct and its position; nil for a pattern that can be matched.
  package var refusal: PatternRefusal? {
    if case .failure(let refusal) = outcome { refusal } else { nil }
  }

  /// The maximum length of a text, in UTF-8 bytes.
  ///
  /// Keeps the steps of one match below `PlanLimits.patternSteps`.
  package var longestText: Int {
    guard case .success(let program) = outcome else { return 0 }
    return PlanLimits.patternSteps / program.instructions.count
  }

  /// Returns whether the whole text matches, and the number of steps.
  ///
  /// The steps are at most twice the size of the program for each scalar of the text, plus the same
  /// once.
  package func match(_ text: String) -> (isMatch: Bool, steps: Int) {
    guard case .success(let program) = outcome else { return (false, 0) }
    var run = PatternRun(program)
    return (run.matches(text), run.steps)
  }
}

extension Pattern: Hashable {
  /// Whether both sources have the same bytes.
  package static func == (a: Pattern, b: Pattern) -> Bool { a.source.hasSameBytes(as: b.source) }

  /// Hashes the source.
  package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// The reason why a pattern cannot be used: a construct, its position, and what to write instead.
package struct PatternRefusal: Error, Hashable, Sendable {
  /// The end of a sentence about the pattern, as in "has a flag at character 3; …".
  package let reason: String

  init(_ reason: String) { self.reason = reason }
}
