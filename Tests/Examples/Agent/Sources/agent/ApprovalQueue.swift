import Planwright

/// A proposal that waits for a person.
struct PendingProposal: Sendable {
  let plan: Plan.ID
  /// The version of the plan that the person looks at; a decision about another one is refused.
  let version: Int
  let goal: String
  let proposal: Proposal
}

/// The proposals that wait, and the decisions about them.
struct ApprovalQueue {
  let system: PlanSystem
  let actions: AgentActions

  /// Returns the proposals that wait, the oldest first.
  func pending() async throws -> [PendingProposal] {
    let filter = PlanFilter(
      statuses: [.strategizeComplete], action: actions.task.definition.name)
    var (pending, next): ([PendingProposal], PlanCursor?) = ([], nil)
    repeat {
      let query = PlanQuery(filter, order: .oldestFirst, after: next)
      let page = try await system.plans.read { try $0.plans(matching: query) }
      pending += try page.rows.map(Self.proposal(of:))
      next = page.next
    } while next != nil
    return pending
  }

  /// Returns the proposal of a task once it waits; nil once the task has ended otherwise.
  func next(of task: PlanHandle<String>) async throws -> PendingProposal? {
    for try await event in task.events where event.to.isSettled {
      // Past events come as well, and only the latest proposal can be decided about.
      let plan = try await task.plan()
      if plan.status == .strategizeComplete { return try Self.proposal(of: plan) }
      // The events go on after an error, because an operator may have the plan tried again.
      if plan.hasEnded { return nil }
    }
    return nil
  }

  /// Has these steps carried out.
  func approve(_ pending: PendingProposal, steps: [Int], by person: String) async throws {
    try await system.plans.handle(for: pending.plan, of: actions.task)
      .advance(input: Approval(steps: steps), by: person, ifVersion: pending.version)
  }

  /// Asks the model for another proposal, and tells it why; at most three times.
  func refuse(_ pending: PendingProposal, reason: String, by person: String) async throws {
    try await system.plans.write { transaction in
      try transaction.revert(
        pending.plan, reason: reason, by: person, ifVersion: pending.version)
    }
  }

  /// Ends the task.
  func cancel(_ pending: PendingProposal, reason: String, by person: String) async throws {
    try await system.plans.write { transaction in
      try transaction.cancel(
        pending.plan, reason: reason, by: person, ifVersion: pending.version)
    }
  }

  private static func proposal(of plan: Plan) throws -> PendingProposal {
    let result = plan.progress.result(of: .strategize) ?? .null
    return PendingProposal(
      plan: plan.id, version: plan.version, goal: plan.definition.description,
      proposal: try result.decoded(as: Proposal.self, field: "proposal"))
  }
}
