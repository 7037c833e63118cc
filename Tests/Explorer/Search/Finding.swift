/// A rule that is broken, and the shortest path to where it is.
package struct Finding: Sendable, CustomStringConvertible {
  /// The shape.
  package let shape: String
  /// The broken rules, in words.
  package let problems: [String]
  /// The steps from the first state to the broken rule.
  package let path: [Step]
  /// Whether the path by itself shows what is wrong; otherwise it leads to the state from which it
  /// goes wrong, and the whole shape has to be explored to see it.
  package let isShownByPath: Bool

  /// What is wrong, and the path as a test that can be pasted.
  package var description: String {
    let steps = path.map { "      \($0)," }.joined(separator: "\n")
    let problems = problems.map { "  // \($0)" }.joined(separator: "\n")
    let expectation =
      isShownByPath
      ? "    #expect(try Path(\"\(shape)\").problems(of: steps) == [])"
      : "    #expect(try Path(\"\(shape)\").problems(of: steps) == [])\n"
        + "    #expect(try Exploration.of(\"\(shape)\").findings.isEmpty)"
    return """
      \(problems)
        @Test("…")
        func found() throws {
          let steps: [Step] = [
      \(steps)
          ]
      \(expectation)
        }
      """
  }
}
