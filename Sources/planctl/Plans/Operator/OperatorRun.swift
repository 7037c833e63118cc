import Planwright

/// A command that an operator gives to one plan, to several, or to all that a filter selects.
struct OperatorRun: Sendable {
  /// The command for one plan, in a unit of work of its own.
  typealias Body =
    @Sendable (borrowing PlanTransaction, Plan.ID, _ by: String?, _ note: String?) throws -> Plan

  let words: CommandWords
  /// What is done, as in `cancelled`, for messages.
  let participle: String
  let body: Body

  static let operands = "ID..."
  static let details = """
    Plans are named by their ids, or by unambiguous beginnings of them. --all gives the command to \
    all plans that the other options select, and asks first; --yes answers the question.
    """
  static let options =
    [
      CommandSpecification.Option("--all", "all plans that the following options select"),
      .init("--yes", "do not ask before a command to many plans"),
    ] + FilterOptions.all + CommandSpecification.origin + [CommandSpecification.store]

  /// Gives the command, plan by plan: a refusal of one does not keep it from the others.
  func run(_ context: CommandContext) async throws -> CommandResult {
    let isAll = words.has("--all")
    let selection = try FilterOptions(words)
    guard isAll || !words.operands.isEmpty else {
      throw words.error("missing ID; name a plan, or select plans with --all")
    }
    guard isAll || !selection.isGiven else {
      throw words.error("options that select plans need --all")
    }
    guard !isAll || words.operands.isEmpty else {
      throw words.error("--all selects plans by options; remove '\(words.operands[0])'")
    }
    let references = try words.operands.map { (text) throws(UsageError) in try PlanReference(text) }
    return try await StoreLocation(words, context).withExisting { system in
      if isAll { return try await runAll(selection, system, context) }
      let plans = try await system.plans.read { snapshot in
        try references.map { try $0.find(in: snapshot).id }
      }
      var outcome = Outcome()
      for id in plans { try await give(id, system, context, &outcome) }
      return outcome.result(participle)
    }
  }

  private func runAll(
    _ selection: FilterOptions, _ system: PlanSystem, _ context: CommandContext
  ) async throws -> CommandResult {
    let filter = try await system.plans.read { try selection.filter(in: $0) }
    let first = try await page(filter, after: nil, system)
    guard !first.rows.isEmpty else {
      return CommandResult(data: [], messages: ["no plan is selected"])
    }
    if !words.has("--yes") {
      let count = first.next == nil ? "\(first.rows.count)" : "more than \(first.rows.count)"
      guard Confirmation(context).ask("\(count) plans will be \(participle). Go on?") else {
        throw CommandError(.conflict, "nothing was changed; --yes goes on without the question")
      }
    }
    var outcome = Outcome()
    var page = first
    while true {
      for plan in page.rows { try await give(plan.id, system, context, &outcome) }
      guard let next = page.next else { break }
      page = try await self.page(filter, after: next, system)
    }
    return outcome.result(participle)
  }

  private func page(
    _ filter: PlanFilter, after: PlanCursor?, _ system: PlanSystem
  ) async throws -> QueryPage<Plan, PlanCursor> {
    try await system.plans.read { snapshot in
      try snapshot.plans(
        matching: PlanQuery(filter, order: .oldestFirst, limit: .largest, after: after))
    }
  }

  private func give(
    _ id: Plan.ID, _ system: PlanSystem, _ context: CommandContext, _ outcome: inout Outcome
  ) async throws {
    let by = words.value(of: "--by") ?? context.userName
    let note = words.value(of: "--note")
    do {
      outcome.plans.append(try await system.plans.write { try body($0, id, by, note) })
    } catch let error as PlanError {
      outcome.refusals.append((id, ErrorReport(error)))
    }
  }

  /// What the command did to each plan.
  private struct Outcome {
    var plans: [Plan] = []
    var refusals: [(plan: Plan.ID, report: ErrorReport)] = []

    func result(_ participle: String) -> CommandResult {
      var result = CommandResult(status: refusals.first?.report.status ?? .done)
      result.data = .object([
        ("plans", .array(plans.map(\.summary))),
        (
          "refused",
          .array(
            refusals.map { plan, report in
              [
                "id": .string(plan.description), "code": report.code.map { .string($0) } ?? .null,
                "reason": .string(report.text),
              ]
            })
        ),
      ])
      result.text = plans.map { "\($0.id)  \(participle), now at \($0.status)\n" }.joined()
      result.messages = refusals.map { "planctl: \($0.report.text)" }
      return result
    }
  }
}
