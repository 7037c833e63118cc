import Planwright

/// Finds out why the plans of a snapshot do not move.
struct Diagnosis: ~Copyable {
  /// How long a plan can be ready before it counts as not claimed.
  static let patience = Duration.seconds(5)
  /// How many plans of each state are examined.
  static let largestCount = 1_000

  let now: Timestamp
  private(set) var standstills: [Standstill] = []
  /// Whether there were more plans than were examined.
  private(set) var isTruncated = false
  private var siblings: [Plan.ID: [Plan]] = [:]

  init(at now: Timestamp) { self.now = now }

  /// Examines the plans that a filter selects, or all.
  mutating func examine(_ snapshot: borrowing PlanSnapshot, root: Plan.ID? = nil) throws {
    for state in PlanState.allCases where ![.applied, .cancelled].contains(state) {
      let page = try snapshot.plans(
        matching: PlanQuery(
          PlanFilter(state: state, root: root), order: .oldestFirst,
          limit: try PageLimit(Self.largestCount)))
      if page.next != nil { isTruncated = true }
      for plan in page.rows where !plan.isFinal { try examine(plan, snapshot) }
    }
  }

  private mutating func examine(_ plan: Plan, _ snapshot: borrowing PlanSnapshot) throws {
    switch plan.status.state {
    case .queued: try examineQueued(plan, snapshot)
    case .processing: examineProcessing(plan)
    case .waiting: try examineWaiting(plan, snapshot)
    case .complete:
      add(
        .waitsForApproval, plan,
        "\(plan.status.phase.rawValue) is complete, and its automation stops there",
        "planctl advance \(plan.id)")
    case .errored:
      let failure = plan.progress.failure.map { ": \($0.code): \($0.message)" } ?? ""
      add(
        .failed, plan, "\(plan.status.phase.rawValue) failed\(failure)",
        try recovery(of: plan, snapshot))
    case .constrained:
      add(.constrained, plan, "it could not be applied", try recovery(of: plan, snapshot))
    case .applied, .cancelled: break
    }
  }

  /// The command for a plan that failed: its own, unless its parent no longer waits for it.
  private func recovery(of plan: Plan, _ snapshot: borrowing PlanSnapshot) throws -> String? {
    guard let position = plan.definition.position else { return "planctl retry \(plan.id)" }
    let parent = try snapshot.plan(position.parent)
    // The parent learns of the failure and decides; afterwards the parent is the one to retry.
    return parent.status == .executeWaiting ? "planctl retry \(plan.id)" : nil
  }

  private mutating func examineProcessing(_ plan: Plan) {
    guard let lease = plan.progress.lease, lease.expiresAt < now else { return }
    add(
      .leaseExpired, plan,
      "\(lease.owner) had it until \(lease.expiresAt.toSeconds) and has not come back; a worker "
        + "takes it over, but none is running", "planctl evict \(plan.id) --reason 'worker is gone'"
    )
  }

  private mutating func examineQueued(_ plan: Plan, _ snapshot: borrowing PlanSnapshot) throws {
    guard let readyAt = plan.progress.readyAt else { return try examineBlocked(plan, snapshot) }
    if readyAt > now {
      let isRetry = plan.progress.failure != nil && plan.progress.attempt > 0
      let why =
        isRetry
        ? "attempt \(plan.progress.attempt + 1) begins at \(readyAt.toSeconds)"
        : "it starts at \(readyAt.toSeconds)"
      return add(
        isRetry ? .retriesLater : .startsLater, plan, why, "planctl expedite \(plan.id)")
    }
    guard now.since(readyAt) > Self.patience else { return }
    add(
      .notClaimed, plan,
      "it is ready since \(readyAt.toSeconds), but no worker for the actor '\(plan.actor)' has "
        + "taken it: none is running, or all are busy",
      "start a worker that has a handler for '\(plan.actor)'")
  }

  private mutating func examineBlocked(_ plan: Plan, _ snapshot: borrowing PlanSnapshot) throws {
    guard let position = plan.definition.position else { return }
    let round = try children(of: position.parent, snapshot).filter {
      $0.definition.position?.round == position.round && $0.id != plan.id
    }
    let dependencies = round.filter { sibling in
      sibling.definition.position.map { position.dependsOn.contains($0.key) } == true
        && !sibling.hasSucceeded
    }
    guard dependencies.isEmpty else {
      return add(
        .waitsForDependency, plan, "it waits for \(Self.names(dependencies)) to succeed", nil)
    }
    let running = round.filter { !$0.hasEnded && !$0.awaitsSlot }
    add(.waitsForSlot, plan, "it waits for \(Self.names(running)) to end", nil)
  }

  private mutating func examineWaiting(_ plan: Plan, _ snapshot: borrowing PlanSnapshot) throws {
    let open = try children(of: plan.id, snapshot).filter {
      $0.definition.position?.round == plan.progress.round?.number && !$0.hasEnded
    }
    add(.waitsForChildren, plan, "it waits for \(Self.names(open)) to end", nil)
  }

  private mutating func children(
    of parent: Plan.ID, _ snapshot: borrowing PlanSnapshot
  ) throws -> [Plan] {
    if let known = siblings[parent] { return known }
    let children = try snapshot.children(of: parent)
    siblings[parent] = children
    return children
  }

  private static func names(_ plans: [Plan]) -> String {
    let named = plans.prefix(3).map { plan in
      "'\(plan.definition.position?.key.description ?? "")' (\(plan.status.description))"
    }
    let rest = plans.count > 3 ? " and \(plans.count - 3) more" : ""
    return named.joined(separator: ", ") + rest
  }

  private mutating func add(
    _ kind: Standstill.Kind, _ plan: Plan, _ reason: String, _ command: String?
  ) {
    standstills.append(
      Standstill(kind: kind, plan: plan.id, reason: reason, command: command))
  }
}
