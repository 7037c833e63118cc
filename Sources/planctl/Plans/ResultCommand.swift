import Planwright

/// `planctl result`: the result of a phase.
struct ResultCommand: Command {
  static let specification = CommandSpecification(
    name: "result", operands: "ID", operandCount: 1...1,
    summary: "print the result of a plan's phase as JSON",
    details: "Without --phase it is the result of the last phase that has ended.",
    options: [
      .init("--phase", "PHASE", "the phase: strategize, execute or apply"),
      CommandSpecification.store,
    ],
    examples: [("planctl result 01JD7 --phase strategize", "what the first phase returned")])

  private let words: CommandWords
  private let reference: PlanReference
  private let phase: PlanPhase?

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try PlanReference(words.operands[0])
    let text = words.value(of: "--phase")
    phase = text.flatMap { PlanPhase(rawValue: $0) }
    if let text, phase == nil {
      throw words.error("--phase: expected strategize, execute or apply, not '\(text)'")
    }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let plan = try await StoreLocation(words, context).reading { system in
      try await system.plans.read { try reference.find(in: $0) }
    }
    let phases = phase.map { [$0] } ?? PlanPhase.allCases.reversed()
    guard let result = phases.lazy.compactMap({ plan.progress.result(of: $0) }).first else {
      throw CommandError(
        .notFound,
        "plan \(plan.id) has no result\(phase.map { " of \($0.rawValue)" } ?? "") yet; "
          + "it is at \(plan.status)")
    }
    return CommandResult(data: result, text: result.pretty().escapedJSON + "\n")
  }
}
