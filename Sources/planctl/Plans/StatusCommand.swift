import Planwright

/// `planctl status`: everything about one plan.
struct StatusCommand: Command {
  static let specification = CommandSpecification(
    name: "status", operands: "ID", operandCount: 1...1, summary: "show one plan",
    details: """
      ID is a plan's id or an unambiguous beginning of it. The end of what its programs wrote to \
      standard error is shown for the latest attempts.
      """,
    options: [CommandSpecification.store],
    examples: [("planctl status 01JD7", "the plan whose id begins so")])

  private let words: CommandWords
  private let reference: PlanReference

  init(_ words: CommandWords) throws {
    self.words = words
    reference = try PlanReference(words.operands[0])
  }

  func run(_ context: CommandContext) async throws -> CommandResult {
    let (plan, parent, errors) = try await StoreLocation(words, context).reading { system in
      let (plan, parent) = try await system.plans.read { snapshot in
        let plan = try reference.find(in: snapshot)
        return (plan, try snapshot.parent(of: plan))
      }
      return (plan, parent, try await WorkFolders(of: system).errors(of: plan))
    }
    let document = (plan.document.objectValue.map { Array($0) } ?? [])
    return CommandResult(
      data: .object(document + [("standardError", .array(errors.map(\.document)))]),
      text: Self.text(of: plan) + errors.map(\.section).joined(),
      messages: plan.nextCommand(below: parent).map { [$0] } ?? [])
  }

  private static func text(of plan: Plan) -> String {
    let (definition, progress) = (plan.definition, plan.progress)
    var lines: [(String, String)] = [
      ("plan", plan.id.description), ("status", plan.status.description),
      ("action", "\(definition.action.name), version \(definition.action.version)"),
      ("description", definition.description), ("done when", definition.definitionOfDone),
      ("actor", plan.actor.nameInFile),
      ("attempt", "\(progress.attempt) of \(definition.action.retry.attempts)"),
      (
        "created", definition.createdAt.toSeconds + (definition.createdBy.map { " by \($0)" } ?? "")
      ),
      ("updated", progress.updatedAt.toSeconds),
    ]
    if let position = definition.position {
      lines.append(("child", "'\(position.key)' of \(position.parent)"))
    }
    for (name, value) in definition.arguments {
      lines.append(("argument", "\(name) = \(value.serialized().cut(toColumns: 200))"))
    }
    for label in definition.labels.sorted(by: { $0.key < $1.key }) {
      lines.append(("label", "\(label.key)=\(label.value)"))
    }
    if let lease = progress.lease {
      lines.append(("lease", "\(lease.owner), until \(lease.expiresAt.toSeconds)"))
    }
    if let readyAt = progress.readyAt { lines.append(("ready", readyAt.toSeconds)) }
    if let round = progress.round {
      lines.append(("children", "\(round.ended) of \(round.total) ended, round \(round.number)"))
    }
    if let checkpoint = progress.checkpoint {
      lines.append(("checkpoint", checkpoint.step.description))
    }
    if let failure = progress.failure {
      lines.append(("failure", "\(failure.code): \(failure.message)"))
    }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, value in
      "\(name)\(String(repeating: " ", count: width - name.count))  \(value.escaped)\n"
    }.joined()
  }
}
