/// A call of a tool: its name, and its input.
struct Step: Codable, Equatable {
  let tool: String
  let input: String
}

/// What a model answers: the steps that lead to the goal, in order.
struct Proposal: Codable, Equatable {
  let steps: [Step]
}

/// What proposes steps; in a real host, a call of a language model.
protocol Model: Sendable {
  /// Proposes steps to a goal.
  ///
  /// `objection` is why the proposal before was turned down; nil for the first one.
  func propose(_ goal: String, objection: String?) async throws -> Proposal
}

/// A stand-in for a model: a function of its input, without a network.
///
/// It proposes to look up each word of the goal and to write a letter; after an objection, to look
/// up only the first word.
struct RuleModel: Model {
  func propose(_ goal: String, objection: String?) -> Proposal {
    let words = goal.split(separator: " ").map(String.init)
    let looked = objection == nil ? words : Array(words.prefix(1))
    return Proposal(steps: looked.map { Step(tool: "lookup", input: $0) })
  }
}
