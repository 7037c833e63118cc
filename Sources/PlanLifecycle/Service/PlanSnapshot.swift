public import PlanDomain
import PlanStorage

/// Reads from one consistent snapshot of the store.
///
/// Cannot be copied, stored or captured by an escaping closure: return values from the body
/// instead.
public struct PlanSnapshot: ~Copyable {
  private let open: any ReadSession
  /// The changes of the unit of work that the reads belong to; nil outside of one.
  private let changes: UnitOfWorkEffects?

  init(session: any ReadSession, changes: UnitOfWorkEffects? = nil) {
    open = session
    self.changes = changes
  }

  /// The session; throws the error that spoilt the unit of work.
  private var session: any ReadSession {
    get throws {
      _ = try changes?.writeCount()
      return open
    }
  }

  /// Returns the plan with this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan {
    guard let plan = try session.plan(id) else { throw PlanError.planNotFound(id) }
    return plan
  }

  /// Returns the action with this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action {
    guard let action = try session.action(name) else { throw PlanError.actionNotFound(name) }
    return action
  }

  /// Returns one page of plans, in the query's order.
  public func plans(matching query: PlanQuery) throws -> QueryPage<Plan, PlanCursor> {
    try session.plans(matching: query)
  }

  /// Returns one page of actions, in the query's order.
  public func actions(matching query: ActionQuery) throws -> QueryPage<Action, ActionCursor> {
    try session.actions(matching: query)
  }

  /// Returns the number of plans of the scope in each status.
  public func counts(in scope: PlanScope) throws -> StatusCounts {
    try session.counts(in: scope)
  }

  /// Returns the children of a plan by round, then in spawn order; throws `planNotFound`.
  public func children(of parent: Plan.ID) throws -> [Plan] {
    try children(of: try plan(parent))
  }

  /// Returns the children of a plan that was read in this snapshot.
  func children(of parent: Plan) throws -> [Plan] {
    guard parent.progress.round != nil else { return [] }
    // Reads pages, not rounds: the cost then depends on stored rows and not on a counter.
    return try all(PlanFilter(parent: parent.id)).sorted { a, b in
      guard let a = a.definition.position, let b = b.definition.position else { return false }
      return (a.round, a.index) < (b.round, b.index)
    }
  }

  /// Returns a root and all its descendants, in order of creation; throws `planNotFound`.
  public func tree(_ root: Plan.ID) throws -> [Plan] {
    let plans = try all(PlanFilter(root: root))
    if plans.isEmpty { throw PlanError.planNotFound(root) }
    return plans
  }

  /// Returns all plans that match the filter, in order of creation.
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

  /// Returns the earliest expiry of a lease, past or future, without the excluded plans.
  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws -> Timestamp? {
    try session.nextLeaseExpiry(excluding: excluded)
  }

  /// Returns the final root that ended first, readable or not; empty when no root is final.
  func oldestFinalRoot() throws -> DuePlans {
    try session.finalRoots(
      endedBefore: Timestamp(microseconds: .max), limit: 1, excluding: [])
  }

  /// Returns the unserved actors with queued plans, each with the time at which its first plan is
  /// ready.
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

  /// Returns the events of one plan after this sequence, in order; throws `planNotFound`.
  public func events(
    of plan: Plan.ID, after sequence: Int = 0, limit: PageLimit = .largest
  ) throws -> [PlanEvent] {
    let events = try session.events(of: plan, after: sequence, limit: limit.count)
    // Each plan has an event, so an empty result for a stored plan means that there are no more.
    if events.isEmpty, try session.plan(plan) == nil { throw PlanError.planNotFound(plan) }
    return events
  }

  /// Returns the events of all plans after this cursor, in the order of their commits.
  ///
  /// From `.start`, begins with the first stored event. Throws `cursorExpired` when plans were
  /// purged after the cursor was read and events after it may be missing, and for a cursor that the
  /// store never had, as after an older copy of it was restored; the error's `resumeAt` is the
  /// cursor to continue from, with all that is stored.
  public func events(
    after cursor: EventCursor, limit: PageLimit = .largest
  ) throws -> [RecordedEvent] {
    try feedPage(after: cursor, limit: limit).events
  }

  /// Returns the cursor after the latest event: reading from it returns the events to come.
  public func latestCursor() throws -> EventCursor { try session.feedState().latestCursor }

  /// Returns the events after this cursor, and the cursor after them.
  ///
  /// Throws `cursorExpired` as `events(after:limit:)` does.
  func feedPage(
    after cursor: EventCursor, limit: PageLimit
  ) throws -> (events: [RecordedEvent], next: EventCursor) {
    let state = try session.feedState()
    try state.check(cursor)
    let events = try session.events(after: cursor, limit: limit.count).map { recorded in
      RecordedEvent(cursor: state.cursor(at: recorded.cursor.position), event: recorded.event)
    }
    // Also after an empty page: the reader now knows of all purges in this snapshot.
    return (events, events.last?.cursor ?? state.cursor(at: cursor.position))
  }
}
