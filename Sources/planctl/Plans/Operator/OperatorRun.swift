import Planwright

/// A command that an operator gives to one plan, to several, or to all that a filter selects.
struct OperatorRun: Sendable {
  /// The command for one plan, in a unit of work of its own.
  typealias Body =
    @Sendable (borrowing PlanTransaction, Plan.ID, _ by: String?, _ note: String?) throws -> Plan

  private let verb: OperatorVerb
  private let words: CommandWords
  private let body: Body

  /// Reads the words; throws `UsageError`, which names the word that is wrong.
  init(_ verb: OperatorVerb, _ words: CommandWords) throws {
    self.verb = verb
    self.words = words
    body = try verb.body(words)
  }

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
      return try await give(to: plans, system, context).result(verb)
    }
  }

  private func runAll(
    _ selection: FilterOptions, _ system: PlanSystem, _ context: CommandContext
  ) async throws -> CommandResult {
    let (plans, others) = try await select(selection, system)
    let leftOut =
      others > 0
      ? ["\(others) of the selected plans do not allow \(verb.rawValue) and are left out"] : []
    guard !plans.isEmpty else {
      var result = Outcome(total: 0).result(verb)
      result.messages = ["no plan is selected"] + leftOut
      return result
    }
    if !words.has("--yes") {
      guard Confirmation(context).ask("\(plans.count.plans) will be \(verb.participle). Go on?")
      else {
        throw CommandError(.conflict, "nothing was changed; --yes goes on without the question")
      }
    }
    var result = try await give(to: plans, system, context).result(verb)
    result.messages += leftOut
    return result
  }

  /// The plans that the options select and that allow the command, the oldest first, and how many are
  /// selected beside them.
  private func select(
    _ selection: FilterOptions, _ system: PlanSystem
  ) async throws -> (plans: [Plan.ID], others: Int) {
    let filter = try await system.plans.read { try selection.filter(in: $0) }
    var (plans, others, after) = ([Plan.ID](), 0, PlanCursor?.none)
    repeat {
      let (page, allowed) = try await system.plans.read { [after, verb] snapshot in
        let page = try snapshot.plans(
          matching: PlanQuery(filter, order: .oldestFirst, limit: .largest, after: after))
        return (page, try page.rows.filter { try snapshot.allows(verb, for: $0) })
      }
      plans += allowed.map(\.id)
      others += page.rows.count - allowed.count
      after = page.next
    } while after != nil
    return (plans, others)
  }

  /// Gives the command to these plans until a signal arrives.
  private func give(
    to plans: [Plan.ID], _ system: PlanSystem, _ context: CommandContext
  ) async throws -> Outcome {
    let line = ProgressLine(context)
    let cancellation = Cancellation()
    let interrupts = Interrupts { cancellation.request() }
    defer {
      interrupts.end()
      line.clear()
    }
    var outcome = Outcome(total: plans.count)
    for (index, id) in plans.enumerated() where !cancellation.isRequested {
      try await give(id, system, context, &outcome)
      line.show("\(index + 1) of \(plans.count.plans)")
    }
    outcome.signal = interrupts.received
    return outcome
  }

  private func give(
    _ id: Plan.ID, _ system: PlanSystem, _ context: CommandContext, _ outcome: inout Outcome
  ) async throws {
    let by = words.value(of: "--by") ?? context.userName
    let note = words.value(of: "--note")
    do {
      let (plan, isChanged) = try await system.plans.write { transaction in
        let version = try transaction.snapshot.plan(id).version
        let plan = try body(transaction, id, by, note)
        return (plan, plan.version != version)
      }
      outcome.plans.append((plan, isChanged))
    } catch let error as PlanError {
      let found = try? await system.plans.read { snapshot in
        let plan = try snapshot.plan(id)
        return (plan, try snapshot.parent(of: plan))
      }
      let report =
        found.map { ErrorReport(error, refusedFor: $0, below: $1) } ?? ErrorReport(error)
      outcome.refusals.append((id, report))
    }
  }

  /// What the command did to each plan.
  private struct Outcome {
    let total: Int
    var plans: [(plan: Plan, isChanged: Bool)] = []
    var refusals: [(plan: Plan.ID, report: ErrorReport)] = []
    /// The signal that ended it before the last plan.
    var signal: Int32?

    init(total: Int) { self.total = total }

    func result(_ verb: OperatorVerb) -> CommandResult {
      var result = CommandResult(status: refusals.first?.report.status ?? .done)
      result.data = .object([
        ("plans", .array(plans.map(\.plan.summary))),
        (
          "unchanged",
          .array(plans.filter { !$0.isChanged }.map { .string($0.plan.id.description) })
        ),
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
      result.text = plans.map { plan, isChanged in
        isChanged
          ? "\(plan.id)  \(verb.participle), now at \(plan.status)\n"
          : "\(plan.id)  was \(verb.participle) already, at \(plan.status); nothing was changed\n"
      }.joined()
      result.messages = refusals.map { "planctl: \($0.report.text)" }
      if let signal {
        result.status = .interrupted(signal: signal)
        let left = total - plans.count - refusals.count
        result.messages.append("interrupted; \(left) of \(total.plans) unchanged")
      }
      return result
    }
  }
}
