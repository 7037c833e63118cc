import PlanDomain
package import PlanStorage

/// The reference model that stores are compared with: simple and slow.
///
/// A unit of work changes a copy of the tables, which replaces them when the body returns. Safe to
/// use from any thread; one lock serializes all units of work.
package final class ReferenceEngine: StorageEngine {
  package let traits = StorageTraits(
    latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  package let notifier = CommitNotifier()
  private let tables = Locked(ReferenceTables())

  /// An empty store.
  package init() {}

  package func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try body(ReferenceSession(tables.withLock { $0 }))
  }

  package func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try tables.withLock { tables in
      let session = ReferenceSession(tables)
      try body(session)
      tables = session.tables
    }
  }

  package func close() {}
}

/// A session on a copy of the tables.
private final class ReferenceSession: UnitOfWork {
  var tables: ReferenceTables

  init(_ tables: ReferenceTables) { self.tables = tables }

  func insert(_ plan: Plan) throws(StorageError) { try tables.insert(plan) }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try tables.save(plan, replacing: before)
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int { try tables.removeTree(root) }

  func insert(_ action: Action) throws(StorageError) { try tables.insert(action) }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try tables.save(action, replacing: version)
  }

  func append(_ event: PlanEvent) throws(StorageError) { try tables.append(event) }

  func plan(_ id: Plan.ID) -> Plan? { tables.plan(id) }

  func plan(of action: ActionName, idempotencyKey: Key) -> Plan? {
    tables.plans.first {
      $0.definition.idempotencyKey == idempotencyKey && $0.definition.action.name == action
    }
  }

  func plans(matching query: PlanQuery) -> QueryPage<Plan, PlanCursor> {
    tables.plans(matching: query)
  }

  func counts(in scope: PlanScope) -> StatusCounts { tables.counts(in: scope) }

  func children(of parent: Plan.ID, round: Int) -> [Plan] {
    tables.children(of: parent, round: round)
  }

  func startableChildren(of parent: Plan.ID, round: Int, limit: Int) -> [Plan] {
    Array(tables.children(of: parent, round: round).filter(\.isStartable).prefix(limit))
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) -> [Plan] {
    tables.children(of: parent, round: round)
      .filter { $0.definition.position?.dependsOn.contains(key) ?? false }
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) -> DuePlans {
    due(tables.readyPlans(for: actors).filter { $0.time <= now }, limit, excluded)
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) -> Timestamp? {
    tables.readyPlans(for: actors).first { !excluded.contains($0.plan.id) }?.time
  }

  func queuedActors(after actor: ActorName?, limit: Int) -> [ActorName] {
    let actors = Set(
      tables.plans.filter { $0.status.state == .queued && !$0.awaitsSlot }.map(\.actor))
    return Array(actors.sorted().drop { name in actor.map { name <= $0 } ?? false }.prefix(limit))
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) -> DuePlans {
    due(tables.leases.filter { $0.time <= now }, limit, excluded)
  }

  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) -> Timestamp? {
    tables.leases.first { !excluded.contains($0.plan.id) }?.time
  }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) -> DuePlans {
    due(tables.finalRoots.filter { $0.time < time }, limit, excluded)
  }

  private func due(
    _ list: [(time: Timestamp, plan: Plan)], _ limit: Int, _ excluded: Set<Plan.ID>
  ) -> DuePlans {
    DuePlans(plans: Array(list.map(\.plan).filter { !excluded.contains($0.id) }.prefix(limit)))
  }

  func action(_ name: ActionName) -> Action? {
    tables.actions.first { $0.action.name == name }?.action
  }

  func actions(matching query: ActionQuery) -> QueryPage<Action, ActionCursor> {
    tables.actions(matching: query)
  }

  func events(of plan: Plan.ID, after sequence: Int, limit: Int) -> [PlanEvent] {
    tables.events.map(\.event).filter { $0.plan == plan && $0.sequence > sequence }
      .prefix(limit).map { $0 }
  }

  func events(after cursor: EventCursor, limit: Int) -> [RecordedEvent] {
    tables.events.filter { $0.cursor.position > cursor.position }.prefix(limit).map { $0 }
  }

  func feedState() -> FeedState {
    FeedState(
      latest: tables.lastPosition, removed: tables.removedPositions.max() ?? 0,
      purges: tables.removedTrees)
  }
}
