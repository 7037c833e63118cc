/// The tools that steps may call, by name.
struct Tools: Sendable {
  /// A tool: returns its output for an input.
  ///
  /// `key` is the same whenever a call is repeated, so that a tool can have each effect once.
  typealias Tool = @Sendable (_ input: String, _ key: String) async throws -> String

  let byName: [String: Tool]

  /// The error of a step whose tool does not exist: trying it again does not help.
  struct UnknownTool: Error { let name: String }

  /// Calls the tool of a step.
  func call(_ step: Step, key: String) async throws -> String {
    guard let tool = byName[step.tool] else { throw UnknownTool(name: step.tool) }
    return try await tool(step.input, key)
  }

  /// A stand-in for a search: the length of the word.
  static let standard = Tools(byName: [
    "lookup": { word, _ in "\(word) has \(word.count) letters" }
  ])
}
