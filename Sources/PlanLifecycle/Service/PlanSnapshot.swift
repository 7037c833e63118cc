public import PlanDomain
import PlanStorage

/// Reads of one consistent snapshot.
///
/// Cannot be copied, stored or captured by an escaping closure: what leaves a read are values.
public struct PlanSnapshot: ~Copyable {
  private let open: any ReadSession
  /// What the unit of work has done, when this is a view of one.
  private let changes: ChangeList?

  init(session: any ReadSession, changes: ChangeList? = nil) {
    open = session
    self.changes = changes
  }

  /// The session; throws what spoilt the unit of work.
  private var session: any ReadSession {
    get throws {
      _ = try changes?.soundWrites()
      return open
    }
  }

  /// The plan of this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan {
    guard let plan = try session.plan(id) else { throw PlanError.planNotFound(id) }
    return plan
  }

  /// The action of this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action {
    guard let action = try session.action(name) else { throw PlanError.actionNotFound(name) }
    return action
  }

  /// One page of plans, in order of creation.
  public func plans(matching query: PlanQuery) throws -> QueryPage<Plan, PlanCursor> {
    try session.plans(matching: query)
  }

  /// One page of actions, in order of creation.
  public func actions(matching query: ActionQuery) throws -> QueryPage<Action, ActionCursor> {
    try session.actions(matching: query)
  }

  /// How many plans of the scope are in each status.
  public func counts(in scope: PlanScope) throws -> StatusCounts {
    try session.counts(in: scope)
  }

  /// The children of a plan, round by round, in spawn order.
  public func children(of parent: Plan.ID) throws -> [Plan] {
    try children(of: try plan(parent))
  }

  /// The children of a plan that was just read.
  func children(of parent: Plan) throws -> [Plan] {
    guard parent.progress.round != nil else { return [] }
    // By pages, not by rounds: what it costs is decided by what is stored, not by a counter.
    return try all(PlanFilter(parent: parent.id)).sorted { a, b in
      guard let a = a.definition.position, let b = b.definition.position else { return false }
      return (a.round, a.index) < (b.round, b.index)
    }
  }

  /// A plan that has no parent and all its descendants, in order of creation.
  public func tree(_ root: Plan.ID) throws -> [Plan] {
    let plans = try all(PlanFilter(root: root))
    if plans.isEmpty { throw PlanError.planNotFound(root) }
    return plans
  }

  /// Every plan of a filter, in order of creation.
  private func all(_ filter: PlanFilter) throws -> [Plan] {
    var plans: [Plan] = []
    var after: PlanCursor?
    repeat {
      let page = try session.plans(
        matching: PlanQuery(filter, order: .oldestFirst, limit: .largest, after: after))
      plans += page.rows
      after = page.next
    } while after != nil
    return plans
  }

  /// When the first lease expires, past or to come, the excluded plans left out.
  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws -> Timestamp? {
    try session.nextLeaseExpiry(excluding: excluded)
  }

  /// Actors other than these for whom plans are queued, and since when the first one is ready.
  func queued(
    besides served: Set<ActorName>
  ) throws -> [(actor: ActorName, since: Timestamp)] {
    var found: [(actor: ActorName, since: Timestamp)] = []
    var after: ActorName?
    repeat {
      let actors = try session.queuedActors(after: after, limit: 100)
      for actor in actors where !served.contains(actor) {
        if let since = try session.nextReadyAt(for: [actor]) { found.append((actor, since)) }
      }
      after = actors.last
    } while after != nil
    return found
  }

  /// The events of one plan after this sequence, in order; throws `planNotFound`.
  public func events(
    of plan: Plan.ID, after sequence: Int = 0, limit: PageLimit = .largest
  ) throws -> [PlanEvent] {
    let events = try session.events(of: plan, after: sequence, limit: limit.count)
    // Every plan has an event; an empty answer for a plan that is there means "no more".
    if events.isEmpty, try session.plan(plan) == nil { throw PlanError.planNotFound(plan) }
    return events
  }

  /// The events of all plans after this cursor, in the order of their commits.
  public func events(
    after cursor: EventCursor, limit: PageLimit = .largest
  ) throws -> [RecordedEvent] {
    try session.events(after: cursor, limit: limit.count)
  }
}
