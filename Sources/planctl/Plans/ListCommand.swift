import Planwright

/// `planctl list`: one page of plans.
struct ListCommand: Command {
  static let specification = CommandSpecification(
    name: "list", summary: "list plans, the newest first",
    details: """
      Prints one page. If there are more plans, the last line names the option that prints the \
      next page.
      """,
    options: FilterOptions.all + [
      .init("--limit", "N", "how many plans, 1 to 1000 (default: 50)"),
      .init("--after", "CURSOR", "go on after the page that ended with this cursor"),
      .init("--oldest", "the oldest plans first"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl list --state errored", "the plans that failed"),
      ("planctl list --action local/backup --limit 5", "the latest five plans of an action"),
    ])

  private let words: CommandWords
  private let selection: FilterOptions
  private let limit: PageLimit
  private let after: PlanCursor?

  init(_ words: CommandWords) throws {
    self.words = words
    selection = try FilterOptions(words)
    limit = try words.number("--limit", in: 1...1000).map { try PageLimit($0) } ?? .standard
    after = try words.value(of: "--after").map { try PlanCursor($0) }
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let page = try await StoreLocation(words, context).reading { system in
      try await system.plans.read { snapshot in
        try snapshot.plans(
          matching: PlanQuery(
            try selection.filter(in: snapshot),
            order: words.has("--oldest") ? .oldestFirst : .newestFirst, limit: limit, after: after))
      }
    }
    return Self.result(page.rows, next: page.next?.description)
  }

  private static func result(_ plans: [Plan], next: String?) -> CommandResult {
    var result = CommandResult(
      data: .object([
        ("plans", .array(plans.map(\.summary))), ("next", next.map { .string($0) } ?? .null),
      ]))
    var table = TextTable("ID", "STATUS", "ATTEMPT", "UPDATED", "ACTION", "DESCRIPTION")
    for plan in plans {
      table.add([
        plan.id.description, plan.status.description, String(plan.progress.attempt),
        plan.progress.updatedAt.toSeconds, plan.definition.action.name.description,
        plan.definition.description.cut(toColumns: 60),
      ])
    }
    result.text = plans.isEmpty ? "" : table.text
    if plans.isEmpty { result.messages = ["no plans"] }
    if let next { result.messages = ["there are more: add --after \(next)"] }
    return result
  }
}

extension Timestamp {
  /// The time in UTC to the second, for tables.
  var toSeconds: String { String(description.prefix { $0 != "." }) + "Z" }
}
