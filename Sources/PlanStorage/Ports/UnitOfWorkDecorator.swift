public import PlanDomain

/// A unit of work around another one: everything goes through, except for what it does itself.
///
/// For stores that add something to a store that is there already, such as a journal.
public protocol UnitOfWorkDecorator: UnitOfWork {
  /// The unit of work inside.
  var inner: any UnitOfWork { get }
}

extension UnitOfWorkDecorator {
  /// Goes through.
  public func insert(_ plan: Plan) throws(StorageError) { try inner.insert(plan) }

  /// Goes through.
  public func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try inner.save(plan, replacing: before)
  }

  /// Goes through.
  public func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    try inner.removeTree(root)
  }

  /// Goes through.
  public func insert(_ action: Action) throws(StorageError) { try inner.insert(action) }

  /// Goes through.
  public func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try inner.save(action, replacing: version)
  }

  /// Goes through.
  public func append(_ event: PlanEvent) throws(StorageError) { try inner.append(event) }

  /// Goes through.
  public func plan(_ id: Plan.ID) throws(StorageError) -> Plan? { try inner.plan(id) }

  /// Goes through.
  public func plan(
    of action: ActionName, idempotencyKey: Key
  ) throws(StorageError) -> Plan? {
    try inner.plan(of: action, idempotencyKey: idempotencyKey)
  }

  /// Goes through.
  public func plans(
    matching query: PlanQuery
  ) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    try inner.plans(matching: query)
  }

  /// Goes through.
  public func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try inner.counts(in: scope)
  }

  /// Goes through.
  public func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try inner.children(of: parent, round: round)
  }

  /// Goes through.
  public func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    try inner.startableChildren(of: parent, round: round, limit: limit)
  }

  /// Goes through.
  public func dependents(
    on key: Key, parent: Plan.ID, round: Int
  ) throws(StorageError) -> [Plan] {
    try inner.dependents(on: key, parent: parent, round: round)
  }

  /// Goes through.
  public func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.readyPlans(for: actors, at: now, limit: limit, excluding: excluded)
  }

  /// Goes through.
  public func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try inner.nextReadyAt(for: actors, excluding: excluded)
  }

  /// Forwards to `inner`.
  public func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    try inner.queuedActors(after: actor, limit: limit)
  }

  /// Goes through.
  public func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.expiredLeases(at: now, limit: limit, excluding: excluded)
  }

  /// Goes through.
  public func nextLeaseExpiry(
    excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try inner.nextLeaseExpiry(excluding: excluded)
  }

  /// Goes through.
  public func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.finalRoots(endedBefore: time, limit: limit, excluding: excluded)
  }

  /// Goes through.
  public func action(_ name: ActionName) throws(StorageError) -> Action? {
    try inner.action(name)
  }

  /// Goes through.
  public func actions(
    matching query: ActionQuery
  ) throws(StorageError) -> QueryPage<Action, ActionCursor> {
    try inner.actions(matching: query)
  }

  /// Goes through.
  public func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    try inner.events(of: plan, after: sequence, limit: limit)
  }

  /// Goes through.
  public func events(
    after cursor: EventCursor, limit: Int
  ) throws(StorageError) -> [RecordedEvent] {
    try inner.events(after: cursor, limit: limit)
  }
}
