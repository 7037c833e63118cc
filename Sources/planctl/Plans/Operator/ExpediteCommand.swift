import Planwright

/// `planctl expedite`: make queued plans ready now instead of later.
struct ExpediteCommand: Command {
  static let specification = CommandSpecification(
    name: "expedite", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "make queued plans ready now instead of later",
    details: OperatorRun.details, options: OperatorRun.options,
    examples: [("planctl expedite 01JD7", "the plan whose id begins so")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await OperatorRun(words: words, participle: "made ready") { transaction, id, by, note in
      try transaction.expedite(id, by: by, note: note)
    }.run(context)
  }
}
