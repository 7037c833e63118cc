import Planwright

/// `planctl action list`: the actions of the store.
struct ActionListCommand: Command {
  static let specification = CommandSpecification(
    name: "action list", summary: "list the actions of the store, the newest first",
    options: [
      .init("--namespace", "NAME", "only actions of this namespace"),
      .init("--state", "STATE", "only available or archived ones"),
      .init("--tag", "TAG", "only actions with this tag"),
      .init("--limit", "N", "how many actions, 1 to 1000 (default: 50)"),
      .init("--after", "CURSOR", "go on after the page that ended with this cursor"),
      CommandSpecification.store,
    ],
    examples: [("planctl action list --namespace local", "the actions of one namespace")])

  private let words: CommandWords
  private let query: ActionQuery

  init(_ words: CommandWords) throws {
    self.words = words
    let text = words.value(of: "--state")
    let state = text.flatMap { Action.State(rawValue: $0) }
    if let text, state == nil {
      throw words.error("--state: expected available or archived, not '\(text)'")
    }
    query = ActionQuery(
      ActionFilter(
        namespace: words.value(of: "--namespace"), state: state,
        tag: try words.value(of: "--tag").map { try Action.Tag($0) }),
      limit: try words.number("--limit", in: 1...1000).map { try PageLimit($0) } ?? .standard,
      after: try words.value(of: "--after").map { try ActionCursor($0) })
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let page = try await StoreLocation(words, context).reading { system in
      try await system.plans.read { try $0.actions(matching: query) }
    }
    var table = TextTable("NAME", "VERSION", "STATE", "UPDATED", "DESCRIPTION")
    for action in page.rows {
      table.add([
        action.name.description, String(action.version), action.state.rawValue,
        action.updatedAt.toSeconds, action.definition.description.source.cut(toColumns: 60),
      ])
    }
    let next = page.next?.description
    return CommandResult(
      data: .object([
        ("actions", .array(page.rows.map(\.summary))), ("next", next.map { .string($0) } ?? .null),
      ]), text: page.rows.isEmpty ? "" : table.text,
      messages: page.rows.isEmpty
        ? ["no actions"] : next.map { ["there are more: add --after \($0)"] } ?? [])
  }
}

/// `planctl action show`: one action.
struct ActionShowCommand: Command {
  static let specification = CommandSpecification(
    name: "action show", operands: "NAME", operandCount: 1...1,
    summary: "print one action as JSON",
    options: [CommandSpecification.store],
    examples: [("planctl action show local/backup", "its arguments, actors and texts")])

  private let words: CommandWords
  private let name: ActionName

  init(_ words: CommandWords) throws {
    self.words = words
    name = try ActionName(words.operands[0])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let action = try await StoreLocation(words, context).reading { system in
      try await system.plans.read { try $0.action(name) }
    }
    return CommandResult(data: action.document, text: action.document.pretty().escapedJSON + "\n")
  }
}

/// `planctl action archive`: takes an action out of use.
struct ActionArchiveCommand: Command {
  static let specification = CommandSpecification(
    name: "action archive", operands: "NAME", operandCount: 1...1,
    summary: "archive an action, so that no more plans are created from it",
    details: "Plans that exist go on.",
    options: [CommandSpecification.store],
    examples: [("planctl action archive local/backup", "the action is kept, but not usable")])

  private let words: CommandWords
  private let name: ActionName

  init(_ words: CommandWords) throws {
    self.words = words
    name = try ActionName(words.operands[0])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let action = try await StoreLocation(words, context).withExisting { system in
      try await system.plans.write { transaction in
        try transaction.archiveAction(name, ifVersion: try transaction.action(name).version)
      }
    }
    return CommandResult(data: action.summary, text: "\(action.name)  archived\n")
  }
}
