import Planwright

/// `planctl retry`: repeat the phase of plans that failed.
struct RetryCommand: Command {
  static let specification = CommandSpecification(
    name: "retry", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "repeat the phase of plans that failed",
    details: OperatorRun.details, options: OperatorRun.options,
    examples: [("planctl retry 01JD7", "the plan whose id begins so")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await OperatorRun(words: words, participle: "queued again") { transaction, id, by, note in
      try transaction.retry(id, by: by, note: note)
    }.run(context)
  }
}
