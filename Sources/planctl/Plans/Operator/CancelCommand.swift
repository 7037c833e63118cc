import Planwright

/// `planctl cancel`: cancel plans and their descendants.
struct CancelCommand: Command {
  static let specification = CommandSpecification(
    name: "cancel", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "cancel plans and their descendants",
    details: OperatorRun.details,
    options: [.init("--reason", "TEXT", "why, for the history")] + OperatorRun.options,
    examples: [
      ("planctl cancel 01JD7 --reason \"not needed any more\"", "the plan whose id begins so")
    ])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let reason = try words.required("--reason")
    return try await OperatorRun(words: words, participle: "cancelled") {
      transaction, id, by, note in
      try transaction.cancel(id, reason: reason, by: by, note: note)
    }.run(context)
  }
}
