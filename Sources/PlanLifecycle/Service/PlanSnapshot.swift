public import PlanDomain
import PlanStorage

/// Reads from one consistent snapshot of the store.
///
/// All reads of one snapshot show the same moment, whatever is committed meanwhile. The closure of
/// `read` receives it on the thread that runs the closure. It cannot be copied, stored or captured
/// by an escaping closure: return values from the body instead. A method that fails throws and
/// never returns an empty result instead.
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

  /// Returns the plan with this id; a lookup, whose cost does not depend on the number of plans.
  ///
  /// ```swift
  /// let plan = try await system.plans.read { try $0.plan(id) }
  /// print(plan.status, plan.progress.attempt)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id, as after a purge;
  ///   ``StorageError`` if the store fails.
  public func plan(_ id: Plan.ID) throws -> Plan {
    guard let plan = try session.plan(id) else { throw PlanError.planNotFound(id) }
    return plan
  }

  /// Returns the plan of this action that was used with this idempotency key; nil without one.
  ///
  /// For a request that has only the key, as one for the status of another request. `use` finds the
  /// plan as well, and compares its arguments.
  ///
  /// ```swift
  /// let plan = try await system.plans.read { snapshot in
  ///   try snapshot.plan(of: "local/note", idempotencyKey: "request-17")
  /// }
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails.
  public func plan(of action: ActionName, idempotencyKey key: Key) throws -> Plan? {
    try session.plan(of: action, idempotencyKey: key)
  }

  /// Returns the latest version of the action with this name.
  ///
  /// ```swift
  /// let action = try await system.plans.read { try $0.action("local/note") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/actionNotFound`` if no action has this name; ``StorageError`` if
  ///   the store fails.
  public func action(_ name: ActionName) throws -> Action {
    guard let action = try session.action(name) else { throw PlanError.actionNotFound(name) }
    return action
  }

  /// Returns one page of plans, in the query's order.
  ///
  /// The cost of a page does not grow with the number of plans stored. A page may have fewer rows
  /// than its limit, or none, and still not be the last one: `next` is nil on the last page only.
  ///
  /// ```swift
  /// var after: PlanCursor?
  /// repeat {
  ///   let query = PlanQuery(PlanFilter(state: .errored), after: after)
  ///   let page = try await system.plans.read { try $0.plans(matching: query) }
  ///   for plan in page.rows { print(plan.id, plan.status) }
  ///   after = page.next
  /// } while after != nil
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails, ``StorageError/Code/corrupt`` for a plan that
  ///   cannot be read.
  public func plans(matching query: PlanQuery) throws -> QueryPage<Plan, PlanCursor> {
    try session.plans(matching: query)
  }

  /// Returns one page of actions, in the query's order.
  ///
  /// The cost of a page does not grow with the number of actions stored.
  ///
  /// ```swift
  /// let query = ActionQuery(ActionFilter(namespace: "local", state: .available))
  /// let page = try await system.plans.read { try $0.actions(matching: query) }
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails, ``StorageError/Code/corrupt`` for an action
  ///   that cannot be read.
  public func actions(matching query: ActionQuery) throws -> QueryPage<Action, ActionCursor> {
    try session.actions(matching: query)
  }

  /// Returns the number of plans of the scope in each status; zeros for a scope without plans.
  ///
  /// ```swift
  /// let counts = try await system.plans.read { try $0.counts(in: .namespace("local")) }
  /// print(counts[.executeErrored], counts.total)
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails.
  public func counts(in scope: PlanScope) throws -> StatusCounts {
    try session.counts(in: scope)
  }

  /// Returns the children of a plan by round, then in spawn order; none for a plan that spawned
  /// none.
  ///
  /// Reads all of them into memory, up to 10,000 for each round.
  ///
  /// ```swift
  /// let children = try await system.plans.read { try $0.children(of: id) }
  /// let open = children.filter { !$0.hasEnded }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id; ``StorageError`` if the
  ///   store fails.
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

  /// Returns a root and all its descendants, in order of creation.
  ///
  /// Reads all of them into memory. Of a child, pass `plan.definition.root`.
  ///
  /// ```swift
  /// let tree = try await system.plans.read { try $0.tree(id) }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no root has this id, also for the id of a child;
  ///   ``StorageError`` if the store fails.
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

  /// Returns the events of one plan after this sequence, in order; none after the last one.
  ///
  /// ```swift
  /// let history = try await system.plans.read { try $0.events(of: id) }
  /// for event in history { print(event.sequence, event.command, event.to, event.by ?? "") }
  /// ```
  ///
  /// - Throws: ``PlanError/Code/planNotFound`` if no plan has this id; ``StorageError`` if the
  ///   store fails.
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
  /// From `.start`, begins with the first stored event; from ``latestCursor()``, with those to
  /// come. ``PlanLifecycleService/changes(after:)`` also waits for them.
  ///
  /// ```swift
  /// let changes = try await system.plans.read { try $0.events(after: .start) }
  /// let next = changes.last?.cursor ?? .start
  /// ```
  ///
  /// - Throws: ``PlanError/Code/cursorExpired`` if plans were purged after the cursor was read and
  ///   events after it may be missing, and for a cursor that the store never had, as after an older
  ///   copy of it was restored: the error's `resumeAt` is the cursor to continue from, with all
  ///   that is stored. ``StorageError`` if the store fails.
  public func events(
    after cursor: EventCursor, limit: PageLimit = .largest
  ) throws -> [RecordedEvent] {
    try feedPage(after: cursor, limit: limit).events
  }

  /// Returns the cursor after the latest event: reading from it returns the events to come.
  ///
  /// ```swift
  /// let cursor = try await system.plans.read { try $0.latestCursor() }
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails.
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
