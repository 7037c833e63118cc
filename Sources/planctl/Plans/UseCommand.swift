import Foundation
import Planwright

/// `planctl use`: creates a plan from an action.
struct UseCommand: Command {
  static let specification = CommandSpecification(
    name: "use", operands: "ACTION", operandCount: 1...1,
    summary: "create a plan from an action of the store",
    details: """
      Prints the plan's id. A worker carries the plan out, for example 'planctl run' or a host's \
      own. The action comes from 'planctl action create' or from a host.
      """,
    options: [
      .init(
        "--arg", "NAME=VALUE", repeats: true, "an argument; text as it is, other types as JSON"),
      .init("--label", "KEY=VALUE", repeats: true, "a label by which the plan can be found"),
      .init(
        "--project", "NAME[:ALIAS][:ro]", repeats: true, "a project that the plan works on"),
      .init("--automation", "PRESET", "manual, review or auto (default: the action's)"),
      .init("--key", "KEY", "an idempotency key: the same key and arguments give the same plan"),
      .init("--not-before", "TIME", "do not start before this time, as in 2027-01-31T08:00:00Z"),
      .init("--by", "NAME", "who creates the plan (default: the user's name)"),
      CommandSpecification.store,
    ],
    examples: [
      ("planctl use local/backup --arg directory=/home --key monday", "one plan for each key")
    ])

  private let words: CommandWords
  private let action: ActionName

  init(_ words: CommandWords) throws {
    self.words = words
    action = try ActionName(words.operands[0])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let by = words.value(of: "--by") ?? context.userName
    let given = GivenArguments(pairs: try words.pairs("--arg"))
    let (projects, labels) = (try projects(), try labels())
    let automation = try words.value(of: "--automation").map { try Automation(preset: $0) }
    let key = try words.value(of: "--key").map { try Key($0) }
    let notBefore = try words.value(of: "--not-before").map { try time($0) }
    let (plan, isNew) = try await StoreLocation(words, context).withExisting { system in
      try await system.plans.write { transaction in
        let definition = try transaction.action(action).definition
        return try transaction.findOrUse(
          PlanUse(
            action: action, arguments: try given.values(for: definition), projects: projects,
            automation: automation, idempotencyKey: key, labels: labels, notBefore: notBefore,
            createdBy: by))
      }
    }
    return CommandResult(
      data: .object([("plan", plan.summary), ("isNew", .bool(isNew))]), text: "\(plan.id)\n",
      messages: isNew ? [] : ["the plan of this key exists already; it is at \(plan.status)"])
  }

  private func projects() throws -> [ProjectUse] {
    try words.values(of: "--project").map { text in
      var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let readOnly = parts.count > 1 && parts.last == "ro"
      if readOnly { parts.removeLast() }
      guard parts.count <= 2 else {
        throw words.error("--project: expected NAME[:ALIAS][:ro], not '\(text)'")
      }
      return ProjectUse(
        name: try ProjectName(parts[0]),
        alias: try parts.dropFirst().first.map { try ProjectName($0) },
        readOnly: readOnly)
    }
  }

  private func labels() throws -> [Key: Plan.Label.Value] {
    try words.pairs("--label").reduce(into: [:]) { labels, pair in
      labels[try Key(pair.name)] = try Plan.Label.Value(pair.text)
    }
  }

  private func time(_ text: String) throws(UsageError) -> Timestamp {
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw words.error("--not-before: expected a time as in 2027-01-31T08:00:00Z, not '\(text)'")
    }
    return Timestamp(date: date)
  }
}
