import Planwright

/// What a tree of plans does next without an operator.
enum TreeStanding: Sendable {
  /// A plan is being processed, or is queued for an actor that is served.
  case moves
  /// The root is settled: it has ended, or waits for an approval.
  case settled
  /// Nothing moves until these plans are approved.
  case waitsForApproval([Plan])
  /// Nothing moves, because nobody serves the actors of these plans.
  case isUnserved([Plan])

  /// How many plans are named at most.
  private static let largestCount = 20

  /// Examines the tree; `served` are the actors whose programs this process has.
  init(
    of root: Plan.ID, served: Set<ActorName>, in snapshot: borrowing PlanSnapshot
  ) throws {
    if try snapshot.plan(root).status.isSettled {
      self = .settled
      return
    }
    let isProcessing = try snapshot.counts(in: .tree(root)).contains {
      $0.status.state == .processing
    }
    var unserved: [Plan] = []
    let moves =
      try isProcessing
      || !Self.each(PlanFilter(state: .queued, root: root), in: snapshot) { plan in
        if plan.awaitsSlot { return true }
        if served.contains(plan.actor) { return false }
        if unserved.count < Self.largestCount { unserved.append(plan) }
        return true
      }
    if moves {
      self = .moves
      return
    }
    var approvals: [Plan] = []
    _ = try Self.each(PlanFilter(state: .complete, root: root), in: snapshot) { plan in
      if !plan.isFinal { approvals.append(plan) }
      return approvals.count < Self.largestCount
    }
    self =
      !approvals.isEmpty
      ? .waitsForApproval(approvals) : unserved.isEmpty ? .moves : .isUnserved(unserved)
  }

  /// Calls the body with the plans until it returns false; returns whether it never did.
  private static func each(
    _ filter: PlanFilter, in snapshot: borrowing PlanSnapshot, _ body: (Plan) -> Bool
  ) throws -> Bool {
    var after: PlanCursor?
    repeat {
      let page = try snapshot.plans(
        matching: PlanQuery(filter, order: .oldestFirst, limit: .largest, after: after))
      guard page.rows.allSatisfy(body) else { return false }
      after = page.next
    } while after != nil
    return true
  }
}
