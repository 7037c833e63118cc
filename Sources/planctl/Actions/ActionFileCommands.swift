import Planwright

/// `planctl action create`: creates the actions of a plan file.
struct ActionCreateCommand: Command {
  static let specification = CommandSpecification(
    name: "action create", operands: "FILE", operandCount: 1...1,
    summary: "create the actions of a plan file in the store",
    details: "All of them are created, or none when one exists already. - is standard input.",
    options: [CommandSpecification.store],
    examples: [("planctl action create backup.json", "create the actions of the file")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await ActionFile(words).store(context) { try $0.createAction($1) }
  }
}

/// `planctl action register`: creates or updates the actions of a plan file.
struct ActionRegisterCommand: Command {
  static let specification = CommandSpecification(
    name: "action register", operands: "FILE", operandCount: 1...1,
    summary: "create or update the actions of a plan file in the store",
    details: """
      A definition that changed becomes a new version; plans that were created before keep theirs.
      """,
    options: [CommandSpecification.store],
    examples: [("planctl action register backup.json", "the store has the actions of the file")])

  private let words: CommandWords

  init(_ words: CommandWords) throws { self.words = words }

  func run(_ context: CommandContext) async throws -> CommandResult {
    try await ActionFile(words).store(context) { try $0.register($1) }
  }
}

/// The actions of the plan file on the command line.
private struct ActionFile {
  let words: CommandWords
  let actions: [ActionDefinition]

  init(_ words: CommandWords) throws {
    self.words = words
    actions = try PlanFile(path: words.operands[0]).actions
  }

  func store(
    _ context: CommandContext,
    _ body: @escaping @Sendable (borrowing PlanTransaction, ActionDefinition) throws -> Action
  ) async throws -> CommandResult {
    let location = try StoreLocation(words, context)
    try location.checkIsKept()
    let stored = try await location.withStore { system in
      try await system.plans.write { transaction in
        var stored: [Action] = []
        for action in actions { stored.append(try body(transaction, action)) }
        return stored
      }
    }
    return CommandResult(
      data: .array(stored.map(\.summary)),
      text: stored.map { "\($0.name)  version \($0.version)\n" }.joined())
  }
}
