import PlanDomain
public import PlanStorage

/// Looks through a store, without changing it, for what does not fit together.
///
/// Every plan's events are 1, 2, 3, … and lead, row by row of the transition table, to where the
/// plan is; everything that is referred to is there; the counts that parents keep of their
/// children are true.
public struct StoreCheck {
  /// Something that does not fit.
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Where: a plan or an action.
    public let subject: String
    /// What.
    public let reason: String

    /// Both, as a sentence.
    public var description: String { "\(subject): \(reason)" }
  }

  /// What is looked at.
  public enum Depth: Hashable, Sendable {
    /// What adapters answer for: references, and that every list shows what is stored.
    case references
    /// Also what the lifecycle answers for: histories and counts.
    case everything
  }

  /// How many problems are told; what comes after them is not looked at.
  public static let mostProblems = 1_000

  private let session: any ReadSession
  private let depth: Depth
  private var problems: [Problem] = []
  /// The siblings that were looked at last: children of one spawn come one after the other.
  private var siblings: Siblings?

  /// Which children of one round have succeeded.
  private struct Siblings {
    let parent: Plan.ID
    let round: Int
    let succeeded: Set<Key>
    let known: Set<Key>
  }

  /// What is wrong with what the session shows, at most `mostProblems`.
  ///
  /// Takes as long as reading everything; `progress` is told, page by page, how many plans have
  /// been looked at. Throws what the store throws, and what `progress` throws to stop.
  public static func problems(
    in session: any ReadSession, _ depth: Depth = .everything,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> [Problem] {
    var check = StoreCheck(session: session, depth: depth)
    var (cursor, seen) = (PlanCursor?.none, 0)
    repeat {
      let query = PlanQuery(order: .oldestFirst, limit: .largest, after: cursor)
      let page = try session.plans(matching: query)
      for plan in page.rows where check.problems.count < mostProblems { try check.look(at: plan) }
      seen += page.rows.count
      try progress(seen)
      cursor = page.next
    } while cursor != nil
    let counted = try session.counts(in: .all).total
    if counted != seen { check.wrong("all plans", "\(counted) are counted, \(seen) are listed") }
    return Array(check.problems.prefix(mostProblems))
  }

  private mutating func wrong(_ subject: String, _ reason: String) {
    problems.append(Problem(subject: subject, reason: reason))
  }

  private mutating func wrong(_ plan: Plan, _ reason: String) { wrong("plan \(plan.id)", reason) }

  private mutating func look(at plan: Plan) throws {
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
    if try session.plan(plan.id) == nil { wrong(plan, "it is listed, but not found by its id") }
    if try session.action(definition.action.name) == nil {
      wrong(plan, "its action \(definition.action.name) is not stored")
    }
    if let key = definition.idempotencyKey,
      try session.plan(of: definition.action.name, idempotencyKey: key)?.id != plan.id
    {
      wrong(plan, "it is not found by its idempotency key")
    }
    guard let position = definition.position else { return }
    guard let parent = try session.plan(position.parent) else {
      return wrong(plan, "its parent \(position.parent) is not stored")
    }
    if parent.definition.root != position.root {
      wrong(plan, "its root \(position.root) is not the root of its parent")
    }
    if try session.plan(position.root) == nil {
      wrong(plan, "its root \(position.root) is not stored")
    }
    guard depth == .everything else { return }
    if parent.definition.depth + 1 != position.depth {
      wrong(plan, "its depth \(position.depth) is not one more than that of its parent")
    }
    if position.round > parent.progress.round?.number ?? 0 {
      wrong(plan, "it is of round \(position.round), which its parent never spawned")
    }
  }

  private mutating func checkState(_ plan: Plan) throws {
    let progress = plan.progress
    if (plan.status.state == .processing) != (progress.lease != nil) {
      wrong(plan, "it is \(plan.status) and has \(progress.lease == nil ? "no" : "a") lease")
    }
    guard depth == .everything else { return }
    if plan.status.state != .queued, progress.readyAt != nil {
      wrong(plan, "it is \(plan.status), but ready to be claimed")
    }
    if plan.definition.position == nil, plan.awaitsSlot {
      wrong(plan, "it is queued and will never be ready, being nobody's child")
    }
    if (plan.status.state == .waiting) && progress.round == nil {
      wrong(plan, "it waits for children that it never had")
    }
    if let round = progress.round, plan.status.state == .waiting, round.ended >= round.total {
      wrong(plan, "it waits, though all of its \(round.total) children have ended")
    }
  }

  /// Follows the events; what they say of children, unless one of them is missing.
  private mutating func checkHistory(_ plan: Plan) throws -> SpawnHistory? {
    var (sequence, status, epoch) = (0, PlanStatus?.none, 0)
    var spawns = SpawnHistory()
    while true {
      let events = try session.events(of: plan.id, after: sequence, limit: 1_000)
      for event in events {
        if event.sequence != sequence + 1 {
          wrong(plan, "event \(event.sequence) comes after event \(sequence)")
          return nil
        }
        if event.from != status {
          let (from, was) = (event.from?.description ?? "nothing", status?.description ?? "nothing")
          wrong(plan, "event \(event.sequence) leads from \(from), but the plan was \(was)")
        }
        if !event.isInTable { wrong(plan, "event \(event.sequence) is no transition there is") }
        if event.epoch < epoch { wrong(plan, "event \(event.sequence) has a smaller epoch") }
        (sequence, status, epoch) = (event.sequence, event.to, event.epoch)
        spawns.add(event)
      }
      if events.count < 1_000 { break }
    }
    if sequence != plan.version {
      wrong(plan, "its version is \(plan.version), but its latest event is \(sequence)")
    }
    if status != plan.status {
      let last = status?.description ?? "nothing"
      wrong(plan, "it is \(plan.status), but its events lead to \(last)")
    }
    if epoch > plan.progress.epoch {
      wrong(plan, "its epoch is \(plan.progress.epoch), but its events lead to \(epoch)")
    }
    return spawns
  }

  /// Compares every round that the plan spawned with the children that are there, and the latest
  /// one also with what the plan counts.
  private mutating func checkRounds(of plan: Plan, _ spawns: SpawnHistory) throws {
    let latest = plan.progress.round?.number ?? 0
    if latest != spawns.latest {
      wrong(plan, "its latest round is \(latest), but its events lead to \(spawns.latest)")
    }
    guard let round = plan.progress.round, latest > 0 else { return }
    // By what the events tell: a damaged number must not decide how long this takes.
    for number in Set(spawns.counts.keys).union([latest]).sorted() {
      let children = try session.children(of: plan.id, round: number)
      if let count = spawns.counts[number], count != children.count {
        wrong(plan, "round \(number) began with \(count) children, but has \(children.count)")
      }
      let open = children.count { !$0.hasEnded }
      if open > 0, number < latest || plan.status.state != .waiting {
        wrong(plan, "it does not wait, though \(open) children of round \(number) have not ended")
      }
      if number == latest { checkCounts(of: plan, round, children, spawns) }
    }
  }

  /// Compares what a plan counts with the children of its latest round.
  private mutating func checkCounts(
    of plan: Plan, _ round: ChildRound, _ children: [Plan], _ spawns: SpawnHistory
  ) {
    // A plan that was reverted after a round counts nothing of it: the children have ended, and
    // are no longer what the plan is about. Only the round's number stays taken.
    let counted = spawns.isForgotten ? [] : children
    let (ended, holding) = (counted.count(where: \.hasEnded), counted.count(where: \.holdsSlot))
    if counted.count != round.total {
      wrong(plan, "it counts \(round.total) children, but has \(counted.count)")
    }
    if ended != round.ended {
      wrong(plan, "it counts \(round.ended) ended children, but has \(ended)")
    }
    if holding != round.holding {
      wrong(plan, "it counts \(round.holding) children with a slot, but has \(holding)")
    }
    if round.holding > round.schedule.maxParallel {
      wrong(plan, "\(round.holding) children hold its \(round.schedule.maxParallel) slots")
    }
  }

  private mutating func checkDependencies(_ plan: Plan) throws {
    guard let position = plan.definition.position, plan.awaitsSlot else { return }
    let siblings = try siblings(of: position)
    let unmet = Set(position.dependsOn).count {
      siblings.known.contains($0) && !siblings.succeeded.contains($0)
    }
    if unmet != plan.progress.unmetDependencies {
      wrong(
        plan, "it counts \(plan.progress.unmetDependencies) siblings to wait for, but has \(unmet)")
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
      known: Set(children.compactMap(\.definition.position?.key)))
    siblings = found
    return found
  }
}

extension PlanEvent {
  /// Whether the transition table has such a row.
  fileprivate var isInTable: Bool {
    guard let from else { return command == .use && to == .strategizeQueued }
    guard let target = TransitionTable.target(of: command, from: from) else { return false }
    return to == target.status || to == target.exhausted
  }
}

/// What a plan's events say of the children that it spawned.
private struct SpawnHistory {
  /// With how many children each round began.
  private(set) var counts: [Int: Int] = [:]
  /// The latest round; 0 before the first.
  private(set) var latest = 0
  /// Whether the plan was reverted after its latest round.
  private(set) var isForgotten = false

  /// Takes in the next event.
  mutating func add(_ event: PlanEvent) {
    if case .children(let round, let count) = event.detail {
      (latest, isForgotten) = (round, false)
      counts[round] = count
    } else if event.command == .revert {
      isForgotten = true
    }
  }
}
