import PlanDomain

/// Checks a store for inconsistencies without changing it.
///
/// The sequences of every plan's events are 1, 2, 3, …; each event is a row of the transition
/// table, and the last one leads to the plan's status. Every reference has its target. The counts
/// that parents keep of their children are correct.
public struct StoreCheck {
  /// An inconsistency.
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The plan that is inconsistent, or `all plans`.
    public let subject: String
    /// What is inconsistent.
    public let reason: String

    /// The subject and the reason.
    public var description: String { "\(subject): \(reason)" }
  }

  /// What is checked.
  public enum Depth: Hashable, Sendable {
    /// What an adapter is responsible for: references, and that every list contains what is stored.
    case references
    /// Also what the lifecycle is responsible for: histories and counts.
    case everything
  }

  /// How many problems are reported at most; no plan is checked after the last one.
  public static let maximumProblems = 1_000

  private let session: any ReadSession
  private let depth: Depth
  private var problems: [Problem] = []
  /// The siblings of the plan checked last: the children of one round usually follow each other.
  private var siblings: Siblings?

  /// The keys of the children of one round, and of those that succeeded.
  private struct Siblings {
    let parent: Plan.ID
    let round: Int
    let succeeded: Set<Key>
    let all: Set<Key>
  }

  /// Finds the inconsistencies in the snapshot of a session, at most `maximumProblems`.
  ///
  /// Reads the whole store, on the calling thread. Calls `progress` after each page with the number
  /// of plans checked so far.
  ///
  /// ```swift
  /// let problems = try engine.read { session in try StoreCheck.problems(in: session) }
  /// ```
  ///
  /// - Throws: What `progress` throws, which ends the check; ``Planwright/StorageError`` if the
  ///   store fails.
  public static func problems(
    in session: any ReadSession, _ depth: Depth = .everything,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> [Problem] {
    var check = StoreCheck(session: session, depth: depth)
    var (cursor, listed) = (PlanCursor?.none, 0)
    repeat {
      let query = PlanQuery(order: .oldestFirst, limit: .largest, after: cursor)
      let page = try session.plans(matching: query)
      for plan in page.rows where check.problems.count < maximumProblems { try check.check(plan) }
      listed += page.rows.count
      try progress(listed)
      cursor = page.next
    } while cursor != nil
    let counted = try session.counts(in: .all).total
    if counted != listed {
      check.add("all plans", "the count is \(counted), but the pages list \(listed)")
    }
    return Array(check.problems.prefix(maximumProblems))
  }

  private mutating func add(_ subject: String, _ reason: String) {
    problems.append(Problem(subject: subject, reason: reason))
  }

  private mutating func add(_ plan: Plan, _ reason: String) { add("plan \(plan.id)", reason) }

  private mutating func check(_ plan: Plan) throws {
    try checkReferences(plan)
    try checkState(plan)
    guard depth == .everything else { return }
    if let spawns = try checkHistory(plan) { try checkRounds(of: plan, spawns) }
    try checkDependencies(plan)
  }
}

extension StoreCheck {
  private mutating func checkReferences(_ plan: Plan) throws {
    let definition = plan.definition
    if try session.plan(plan.id) == nil { add(plan, "it is on a page, but not found by its id") }
    if try session.action(definition.action.name) == nil {
      add(plan, "its action \(definition.action.name) is not stored")
    }
    if let key = definition.idempotencyKey,
      try session.plan(of: definition.action.name, idempotencyKey: key)?.id != plan.id
    {
      add(plan, "it is not found by its idempotency key")
    }
    guard let position = definition.position else { return }
    guard let parent = try session.plan(position.parent) else {
      return add(plan, "its parent \(position.parent) is not stored")
    }
    if parent.definition.root != position.root {
      add(plan, "its root \(position.root) is not the root of its parent")
    }
    if try session.plan(position.root) == nil {
      add(plan, "its root \(position.root) is not stored")
    }
    guard depth == .everything else { return }
    if parent.definition.depth + 1 != position.depth {
      add(plan, "its depth \(position.depth) is not the depth of its parent plus 1")
    }
    if position.round > parent.progress.round?.number ?? 0 {
      add(plan, "its round is \(position.round), which its parent did not spawn")
    }
  }

  private mutating func checkState(_ plan: Plan) throws {
    let progress = plan.progress
    if (plan.status.state == .processing) != (progress.lease != nil) {
      add(plan, "it is \(plan.status) and has \(progress.lease == nil ? "no" : "a") lease")
    }
    guard depth == .everything else { return }
    if plan.status.state != .queued, progress.readyAt != nil {
      add(plan, "it is \(plan.status), but has a ready time")
    }
    if plan.definition.position == nil, plan.awaitsSlot {
      add(plan, "it is queued without a ready time, but has no parent that could give it one")
    }
    if (plan.status.state == .waiting) && progress.round == nil {
      add(plan, "it is \(plan.status), but has not spawned children")
    }
    if let round = progress.round, plan.status.state == .waiting, round.ended >= round.total {
      add(plan, "it is \(plan.status), but all of its \(round.total) children have ended")
    }
  }

  /// Checks the events; returns the rounds that they record, or nil if an event is missing.
  private mutating func checkHistory(_ plan: Plan) throws -> SpawnHistory? {
    var (sequence, status, epoch) = (0, PlanStatus?.none, 0)
    var spawns = SpawnHistory()
    while true {
      let events = try session.events(of: plan.id, after: sequence, limit: 1_000)
      for event in events {
        if event.sequence != sequence + 1 {
          add(plan, "event \(event.sequence) follows event \(sequence)")
          return nil
        }
        if event.from != status {
          let (from, was) = (event.from?.description ?? "nothing", status?.description ?? "nothing")
          add(plan, "event \(event.sequence) leads from \(from), but the plan was \(was)")
        }
        if !event.isInTable { add(plan, "event \(event.sequence) is not a valid transition") }
        if event.epoch < epoch {
          add(plan, "event \(event.sequence) has epoch \(event.epoch) after epoch \(epoch)")
        }
        (sequence, status, epoch) = (event.sequence, event.to, event.epoch)
        spawns.add(event)
      }
      if events.count < 1_000 { break }
    }
    if sequence != plan.version {
      add(plan, "its version is \(plan.version), but its latest event is \(sequence)")
    }
    if status != plan.status {
      let last = status?.description ?? "nothing"
      add(plan, "it is \(plan.status), but its events lead to \(last)")
    }
    if epoch > plan.progress.epoch {
      add(plan, "its epoch is \(plan.progress.epoch), but its latest event has epoch \(epoch)")
    }
    return spawns
  }

  /// Compares every round with the stored children, and the latest round with the plan's counts.
  private mutating func checkRounds(of plan: Plan, _ spawns: SpawnHistory) throws {
    let latest = plan.progress.round?.number ?? 0
    if latest != spawns.latest {
      add(plan, "its latest round is \(latest), but in its events it is \(spawns.latest)")
    }
    guard let round = plan.progress.round, latest > 0 else { return }
    // The rounds of the events, not 1...latest: a damaged number could make the loop very long.
    for number in Set(spawns.counts.keys).union([latest]).sorted() {
      let children = try session.children(of: plan.id, round: number)
      if let count = spawns.counts[number], count != children.count {
        add(plan, "round \(number) spawned \(count) children, but has \(children.count)")
      }
      let open = children.count { !$0.hasEnded }
      if open > 0, number < latest || plan.status.state != .waiting {
        add(plan, "it is \(plan.status), but \(open) children of round \(number) have not ended")
      }
      if number == latest { checkCounts(of: plan, round, children, spawns) }
    }
  }

  /// Compares the plan's counts with the children of its latest round.
  private mutating func checkCounts(
    of plan: Plan, _ round: ChildRound, _ children: [Plan], _ spawns: SpawnHistory
  ) {
    // A revert resets the counts of the round but keeps its number, which is not used again.
    let counted = spawns.isReverted ? [] : children
    let (ended, holding) = (counted.count(where: \.hasEnded), counted.count(where: \.holdsSlot))
    if counted.count != round.total {
      add(plan, "it counts \(round.total) children, but has \(counted.count)")
    }
    if ended != round.ended {
      add(plan, "it counts \(round.ended) ended children, but has \(ended)")
    }
    if holding != round.holding {
      add(plan, "it counts \(round.holding) children with a slot, but has \(holding)")
    }
    if round.holding > round.schedule.maxParallel {
      add(
        plan,
        "it counts \(round.holding) children with a slot, but has \(round.schedule.maxParallel) slots"
      )
    }
  }

  private mutating func checkDependencies(_ plan: Plan) throws {
    guard let position = plan.definition.position, plan.awaitsSlot else { return }
    let siblings = try siblings(of: position)
    let unmet = Set(position.dependsOn).count {
      siblings.all.contains($0) && !siblings.succeeded.contains($0)
    }
    if unmet != plan.progress.unmetDependencies {
      add(
        plan,
        "it counts \(plan.progress.unmetDependencies) unmet dependencies, but has \(unmet)")
    }
  }

  private mutating func siblings(of position: ChildPosition) throws -> Siblings {
    if let siblings, siblings.parent == position.parent, siblings.round == position.round {
      return siblings
    }
    let children = try session.children(of: position.parent, round: position.round)
    let found = Siblings(
      parent: position.parent, round: position.round,
      succeeded: Set(children.filter(\.hasSucceeded).compactMap(\.definition.position?.key)),
      all: Set(children.compactMap(\.definition.position?.key)))
    siblings = found
    return found
  }
}

extension PlanEvent {
  /// Whether the transition table has a row for the event.
  fileprivate var isInTable: Bool {
    guard let from else { return command == .use && to == .strategizeQueued }
    guard let target = TransitionTable.target(of: command, from: from) else { return false }
    return to == target.status || to == target.exhausted
  }
}

/// The rounds of children in the events of a plan.
private struct SpawnHistory {
  /// The number of children that each round spawned.
  private(set) var counts: [Int: Int] = [:]
  /// The number of the latest round; 0 before the first.
  private(set) var latest = 0
  /// Whether the plan was reverted after its latest round.
  private(set) var isReverted = false

  /// Adds the next event.
  mutating func add(_ event: PlanEvent) {
    if case .children(let round, let count) = event.detail {
      (latest, isReverted) = (round, false)
      counts[round] = count
    } else if event.command == .revert {
      isReverted = true
    }
  }
}
