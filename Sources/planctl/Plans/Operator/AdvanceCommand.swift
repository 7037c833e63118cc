import Planwright

/// `planctl advance`: approve plans that wait for it: they go on to their next phase.
struct AdvanceCommand: Command {
  static let specification = CommandSpecification(
    name: "advance", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "approve plans that wait for it: they go on to their next phase",
    details: OperatorRun.details,
    options: [
      .init("--input", "FILE", "a JSON document for the next phase; - for standard input")
    ] + OperatorRun.options,
    examples: [("planctl advance 01JD7 --input decision.json", "the plan whose id begins so")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let input = try words.value(of: "--input").map { try InputFile.read($0) }
    return try await OperatorRun(words: words, participle: "advanced") {
      transaction, id, by, note in
      try transaction.advance(id, input: input, by: by, note: note)
    }.run(context)
  }
}
