import Planwright

/// What an operator can tell plans to do; each is a command of the tool.
enum OperatorVerb: String, Sendable, CaseIterable {
  case advance
  case retry
  case revert
  case cancel
  case expedite
  case evict

  /// The plans that the command names or selects.
  private static let selection =
    [
      CommandSpecification.Option("--all", "all plans that the following options select"),
      .init("--yes", "do not ask before a command to many plans"),
    ] + FilterOptions.all + CommandSpecification.origin + [CommandSpecification.store]
  private static let reason = CommandSpecification.Option(
    "--reason", "TEXT", "why, for the history")

  /// The command of the tool.
  var specification: CommandSpecification {
    CommandSpecification(
      name: rawValue, operands: "ID...", operandCount: 0...Int.max, summary: summary,
      details: """
        Plans are named by their ids, or by unambiguous beginnings of them. --all gives the command \
        to all plans that the other options select and whose status allows it, and asks first; \
        --yes answers the question.
        """,
      options: options + Self.selection,
      examples: [("planctl \(rawValue) 01JD7\(example)", "the plan whose id begins so")])
  }

  /// What is done, as in `cancelled`, for messages.
  var participle: String {
    switch self {
    case .advance: "advanced"
    case .retry: "queued again"
    case .revert: "reverted"
    case .cancel: "cancelled"
    case .expedite: "made ready"
    case .evict: "evicted"
    }
  }

  private var summary: String {
    switch self {
    case .advance: "approve plans that wait for it: they go on to their next phase"
    case .retry: "repeat the phase of plans that failed"
    case .revert: "send plans back to their first phase"
    case .cancel: "cancel plans and their descendants"
    case .expedite: "make queued plans ready now instead of later"
    case .evict: "take plans away from the workers that have them"
    }
  }

  private var options: [CommandSpecification.Option] {
    switch self {
    case .advance:
      [.init("--input", "FILE", "a JSON document for the next phase; - for standard input")]
    case .revert, .cancel, .evict: [Self.reason]
    case .retry, .expedite: []
    }
  }

  private var example: String {
    switch self {
    case .advance: " --input decision.json"
    case .revert: " --reason \"wrong directory\""
    case .cancel: " --reason \"not needed any more\""
    case .evict: " --reason \"worker hangs\""
    case .retry, .expedite: ""
    }
  }

  /// Reads the options that belong to this verb; returns what it does to one plan.
  ///
  /// Throws `UsageError` for a missing or wrong one.
  func body(_ words: CommandWords) throws -> OperatorRun.Body {
    switch self {
    case .advance:
      let input = try words.value(of: "--input").map { try InputFile.read($0) }
      return { try $0.advance($1, input: input, by: $2, note: $3) }
    case .retry: return { try $0.retry($1, by: $2, note: $3) }
    case .revert:
      let reason = try words.required("--reason")
      return { try $0.revert($1, reason: reason, by: $2, note: $3) }
    case .cancel:
      let reason = try words.required("--reason")
      return { try $0.cancel($1, reason: reason, by: $2, note: $3) }
    case .expedite: return { try $0.expedite($1, by: $2, note: $3) }
    case .evict:
      let reason = try words.required("--reason")
      return { try $0.evict($1, reason: reason, by: $2, note: $3) }
    }
  }
}
