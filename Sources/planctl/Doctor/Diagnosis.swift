import Planwright

/// Finds out why the plans of a snapshot do not move.
struct Diagnosis {
  /// How long a plan can be ready before it counts as not claimed.
  static let patience = Duration.seconds(5)
  /// How many plans of each state are examined.
  static let largestCount = 1_000

  let now: Timestamp
  private(set) var standstills: [Standstill] = []
  /// The leases of the plans that are being processed, as far as they have not expired.
  private(set) var leases: [HeldLease] = []
  /// Whether there were more plans than were examined.
  private(set) var isTruncated = false
  private var siblings: [Plan.ID: [Plan]] = [:]
  /// How many plans of each actor have a lease that has not expired.
  private var claimed: [ActorName: Int] = [:]
  /// The actors of the current versions of actions.
  private var defined: [ActionName: Set<ActorName>] = [:]

  init(at now: Timestamp) { self.now = now }

  /// Examines the plans that a filter selects, or all.
  mutating func examine(_ snapshot: borrowing PlanSnapshot, root: Plan.ID? = nil) throws {
    try findWorkers(snapshot)
    for state in PlanState.allCases where ![.applied, .cancelled].contains(state) {
      let page = try snapshot.plans(
        matching: PlanQuery(
          PlanFilter(state: state, root: root), order: .oldestFirst,
          limit: try PageLimit(Self.largestCount)))
      if page.next != nil { isTruncated = true }
      for plan in page.rows where !plan.isFinal { try examine(plan, snapshot) }
    }
  }

  /// Finds out from the leases of the whole store which actors workers serve.
  private mutating func findWorkers(_ snapshot: borrowing PlanSnapshot) throws {
    let page = try snapshot.plans(
      matching: PlanQuery(
        PlanFilter(state: .processing), limit: try PageLimit(Self.largestCount)))
    for plan in page.rows {
      guard let lease = plan.progress.lease, lease.expiresAt >= now else { continue }
      claimed[plan.actor, default: 0] += 1
    }
  }

  private mutating func examine(_ plan: Plan, _ snapshot: borrowing PlanSnapshot) throws {
    switch plan.status.state {
    case .queued: try examineQueued(plan, snapshot)
    case .processing: try examineProcessing(plan, snapshot)
    case .waiting: try examineWaiting(plan, snapshot)
    case .complete:
      let parent = try plan.definition.position.map { try snapshot.plan($0.parent) }
      let waiting = parent.flatMap { $0.status.state == .waiting ? $0 : nil }
      add(
        .waitsForApproval, plan,
        "\(plan.status.phase.rawValue) is complete, and its automation stops there"
          + (waiting.map { "; its parent '\($0.displayName)' (\($0.id)) waits for it" } ?? ""),
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
    // To apply again what could not be applied is fruitless while the reason is there.
    let isRevert = plan.status.state == .constrained && OperatorVerb.revert.isAllowed(for: plan)
    let own = isRevert ? "planctl revert \(plan.id) --reason TEXT" : "planctl retry \(plan.id)"
    // The parent learns of the failure and decides; afterwards the parent is the one to retry.
    return try snapshot.parent(of: plan)?.waits(for: plan) == false ? nil : own
  }

  private mutating func examineProcessing(
    _ plan: Plan, _ snapshot: borrowing PlanSnapshot
  ) throws {
    guard let lease = plan.progress.lease else { return }
    guard lease.expiresAt < now else {
      let latest =
        leases.count < HeldLease.largestCountInText
        ? try snapshot.events(of: plan.id, after: plan.version - 1).last : nil
      let held = HeldLease(lease, of: plan, since: latest?.at)
      leases.append(held)
      if held.hasMissedRenewal(at: now) { add(.renewalMissed, plan, held.sentence(at: now), nil) }
      return
    }
    let had =
      lease.expiresAt == lease.end
      ? "the attempt of \(lease.owner) reached its time-out at \(lease.expiresAt.toSeconds)"
      : "\(lease.owner) had it until \(lease.expiresAt.toSeconds) and has not come back"
    add(
      .leaseExpired, plan,
      "\(had); the next worker for '\(plan.actor.nameInFile)' takes it over, and "
        + "planctl evict \(plan.id) --reason 'worker is gone' puts it back into the queue without one",
      workerCommand(for: plan, playedNowBy: try successors(of: plan, snapshot)))
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
    if now.since(readyAt) > Self.patience {
      return try examineReady(plan, since: readyAt, snapshot)
    }
    add(
      .queued, plan,
      "it is queued since \(readyAt.toSeconds), for \(now.since(readyAt).brief), and no worker has "
        + "taken it yet", nil)
  }

  /// Finds out why no worker takes a plan that is ready.
  private mutating func examineReady(
    _ plan: Plan, since readyAt: Timestamp, _ snapshot: borrowing PlanSnapshot
  ) throws {
    let actor = plan.actor
    let ready = "it is ready since \(readyAt.toSeconds)"
    if let count = claimed[actor] {
      return add(
        .waitsForWorker, plan,
        "\(ready); the workers for '\(actor.nameInFile)' are busy with \(count) others", nil)
    }
    let successors = try successors(of: plan, snapshot)
    let command = workerCommand(for: plan, playedNowBy: successors)
    guard !successors.isEmpty else {
      return add(
        .notClaimed, plan,
        "\(ready), but no worker for the actor '\(actor.nameInFile)' has taken it: none is running, "
          + "or all are busy", command)
    }
    add(
      .programMissing, plan,
      "\(ready), but the program of '\(actor.nameInFile)' has changed since it was created: workers "
        + "play " + successors.map(\.description).joined(separator: ", "), command)
  }

  /// The actors with another program that today play what the plan's actor played.
  ///
  /// Those of leases, else those of the action as it is defined now. None when nobody is known to
  /// have changed the program.
  private mutating func successors(
    of plan: Plan, _ snapshot: borrowing PlanSnapshot
  ) throws -> [ActorName] {
    let actor = plan.actor
    guard actor.hasDigest, claimed[actor] == nil else { return [] }
    let isNamesake = { (other: ActorName) in other.nameInFile == actor.nameInFile }
    let served = claimed.keys.filter(isNamesake)
    if !served.isEmpty { return served.sorted() }
    let known = try actors(of: plan.definition.action.name, snapshot)
    return known.contains(actor) ? [] : known.filter(isNamesake).sorted()
  }

  private mutating func actors(
    of action: ActionName, _ snapshot: borrowing PlanSnapshot
  ) throws -> Set<ActorName> {
    if let actors = defined[action] { return actors }
    var actors: Set<ActorName> = []
    do {
      let definition = try snapshot.action(action).definition
      actors = Set(PlanPhase.allCases.map { definition.actors[$0] })
    } catch PlanError.Code.actionNotFound {}
    defined[action] = actors
    return actors
  }

  /// What starts a worker that takes the plan.
  private func workerCommand(
    for plan: Plan, playedNowBy successors: [ActorName]
  ) -> String {
    let actor = plan.actor
    guard actor.hasDigest else { return "start a worker that has a handler for '\(actor)'" }
    let accepted = successors.isEmpty ? "" : " --accept \(actor)=\(actor.nameInFile)"
    return "planctl worker --actors FILE" + accepted
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
