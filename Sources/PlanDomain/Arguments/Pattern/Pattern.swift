/// A regular expression that a text matches as a whole, in time linear in the text.
///
/// The subset, which counts in Unicode scalars:
/// - literals; `.` for anything but a line break;
/// - escapes `\t \n \r \f \xHH \x{…} \uHHHH \u{…}`, and `\` before a punctuation character;
/// - `\d` (numeric), `\w` (alphabetic, `0-9`, `_`), `\s` (white space), `\D`, `\W`, `\S`;
/// - classes such as `[a-z_]` and `[^\d-]`; inside of them `[`, `]`, `\` and repeated `&`, `-`, `~`
///   are written as escapes;
/// - groups `(…)` and `(?:…)`, alternatives `|`;
/// - `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`; a `?` after them is allowed, and makes no difference
///   to whether the whole text matches;
/// - `^` and `$`, the beginning and the end of the text.
///
/// What these mean is what they mean to the standard library's `Regex` with
/// `matchingSemantics(.unicodeScalar)`. Anything else is refused.
///
/// Compiled once, when it is made. Equal when the sources have the same bytes.
package struct Pattern: Sendable {
  /// The pattern as it was written.
  package let source: String
  /// The compiled pattern, or what of the source is not supported.
  private let outcome: Result<PatternProgram, PatternRefusal>

  /// Reads and compiles a pattern; ``refusal`` says whether that failed.
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

  /// What of the source is not supported, and where; nil for a pattern that can be matched.
  package var refusal: PatternRefusal? {
    if case .failure(let refusal) = outcome { refusal } else { nil }
  }

  /// The most bytes of UTF-8 that a text may have.
  ///
  /// It keeps the steps of one match below `PlanLimits.patternSteps`.
  package var longestText: Int {
    guard case .success(let program) = outcome else { return 0 }
    return PlanLimits.patternSteps / program.instructions.count
  }

  /// Whether the whole text matches, and the steps that it took to find out.
  ///
  /// At most twice the size of the program for each scalar of the text, and once more.
  package func match(_ text: String) -> (isMatch: Bool, steps: Int) {
    guard case .success(let program) = outcome else { return (false, 0) }
    var run = PatternRun(program)
    return (run.matches(text), run.steps)
  }
}

extension Pattern: Hashable {
  /// Whether both were written with the same bytes.
  package static func == (a: Pattern, b: Pattern) -> Bool { a.source.hasSameBytes(as: b.source) }

  /// Hashes the source.
  package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// Why a pattern cannot be used: a construct, its place, and what to write instead.
package struct PatternRefusal: Error, Hashable, Sendable {
  /// What a sentence about the pattern goes on with, as in "has a flag at character 3; …".
  package let reason: String

  init(_ reason: String) { self.reason = reason }
}
