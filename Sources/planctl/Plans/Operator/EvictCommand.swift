import Planwright

/// `planctl evict`: take plans away from the workers that have them.
struct EvictCommand: Command {
  static let specification = CommandSpecification(
    name: "evict", operands: OperatorRun.operands, operandCount: 0...Int.max,
    summary: "take plans away from the workers that have them",
    details: OperatorRun.details,
    options: [.init("--reason", "TEXT", "why, for the history")] + OperatorRun.options,
    examples: [("planctl evict 01JD7 --reason \"worker hangs\"", "the plan whose id begins so")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let reason = try words.required("--reason")
    return try await OperatorRun(words: words, participle: "evicted") { transaction, id, by, note in
      try transaction.evict(id, reason: reason, by: by, note: note)
    }.run(context)
  }
}
