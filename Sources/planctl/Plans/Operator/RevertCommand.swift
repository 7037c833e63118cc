import Planwright

/// `planctl revert`: send plans back to their first phase.
struct RevertCommand: Command {
  static let specification = CommandSpecification(
    name: "revert", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "send plans back to their first phase",
    details: OperatorRun.details,
    options: [.init("--reason", "TEXT", "why, for the history")] + OperatorRun.options,
    examples: [("planctl revert 01JD7 --reason \"wrong directory\"", "the plan whose id begins so")]
  )

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let reason = try words.required("--reason")
    return try await OperatorRun(words: words, participle: "reverted") {
      transaction, id, by, note in
      try transaction.revert(id, reason: reason, by: by, note: note)
    }.run(context)
  }
}
