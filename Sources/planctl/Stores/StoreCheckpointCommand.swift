import Planwright

/// `planctl store checkpoint`: copies the log into the main file.
struct StoreCheckpointCommand: Command {
  static let specification = CommandSpecification(
    name: "store checkpoint", summary: "copy the store's write-ahead log into its main file",
    details: "Stores do this by themselves; use it before the file is copied by other means.",
    options: [CommandSpecification.store],
    examples: [("planctl store checkpoint", "the log is empty afterwards, unless somebody reads")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let report = try await StoreLocation(words, context).withExisting { system in
      try await system.maintenance.checkpoint()
    }
    return CommandResult(
      status: report.isComplete ? .done : .conflict,
      data: [
        "logPages": .integer(Int64(report.logPages)),
        "copiedPages": .integer(Int64(report.copiedPages)),
      ],
      text: "\(report.copiedPages) of \(report.logPages) pages copied\n",
      messages: report.isComplete
        ? [] : ["other processes read the rest of the log; repeat it when they have ended"])
  }
}
