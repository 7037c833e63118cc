public import PlanDomain

/// A unit of work that forwards every method to another one.
///
/// A conforming type implements only the methods that it changes. For stores that add something to
/// an existing store, such as a journal.
///
/// ```swift
/// final class LoggedSession: UnitOfWorkDecorator {
///   let inner: any UnitOfWork
///   init(_ inner: any UnitOfWork) { self.inner = inner }
///
///   func append(_ event: PlanEvent) throws(StorageError) {
///     try inner.append(event)
///     print(event.plan, event.to)
///   }
/// }
/// ```
public protocol UnitOfWorkDecorator: UnitOfWork {
  /// The unit of work that receives the forwarded calls.
  var inner: any UnitOfWork { get }
}

extension UnitOfWorkDecorator {
  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanRepository/insert(_:)`` of `inner` does.
  public func insert(_ plan: Plan) throws(StorageError) { try inner.insert(plan) }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanRepository/save(_:replacing:)`` of `inner`
  ///   does.
  public func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try inner.save(plan, replacing: before)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanRepository/removeTree(_:)`` of `inner` does.
  public func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    try inner.removeTree(root)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``ActionRepository/insert(_:)`` of `inner` does.
  public func insert(_ action: Action) throws(StorageError) { try inner.insert(action) }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``ActionRepository/save(_:replacing:)`` of `inner`
  ///   does.
  public func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try inner.save(action, replacing: version)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``EventLog/append(_:)`` of `inner` does.
  public func append(_ event: PlanEvent) throws(StorageError) { try inner.append(event) }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/plan(_:)`` of `inner` does.
  public func plan(_ id: Plan.ID) throws(StorageError) -> Plan? { try inner.plan(id) }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/plan(of:idempotencyKey:)`` of `inner`
  ///   does.
  public func plan(
    of action: ActionName, idempotencyKey: Key
  ) throws(StorageError) -> Plan? {
    try inner.plan(of: action, idempotencyKey: idempotencyKey)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/plans(matching:)`` of `inner` does.
  public func plans(
    matching query: PlanQuery
  ) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    try inner.plans(matching: query)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/counts(in:)`` of `inner` does.
  public func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try inner.counts(in: scope)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/children(of:round:)`` of `inner` does.
  public func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try inner.children(of: parent, round: round)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/startableChildren(of:round:limit:)`` of
  ///   `inner` does.
  public func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    try inner.startableChildren(of: parent, round: round, limit: limit)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/dependents(on:parent:round:)`` of
  ///   `inner` does.
  public func dependents(
    on key: Key, parent: Plan.ID, round: Int
  ) throws(StorageError) -> [Plan] {
    try inner.dependents(on: key, parent: parent, round: round)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/readyPlans(for:at:limit:excluding:)``
  ///   of `inner` does.
  public func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.readyPlans(for: actors, at: now, limit: limit, excluding: excluded)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/nextReadyAt(for:excluding:)`` of
  ///   `inner` does.
  public func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try inner.nextReadyAt(for: actors, excluding: excluded)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/queuedActors(after:limit:)`` of `inner`
  ///   does.
  public func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    try inner.queuedActors(after: actor, limit: limit)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/expiredLeases(at:limit:excluding:)`` of
  ///   `inner` does.
  public func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.expiredLeases(at: now, limit: limit, excluding: excluded)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``PlanReading/nextLeaseExpiry(excluding:)`` of
  ///   `inner` does.
  public func nextLeaseExpiry(
    excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try inner.nextLeaseExpiry(excluding: excluded)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as
  ///   ``PlanReading/finalRoots(endedBefore:limit:excluding:)`` of `inner` does.
  public func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try inner.finalRoots(endedBefore: time, limit: limit, excluding: excluded)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``ActionReading/action(_:)`` of `inner` does.
  public func action(_ name: ActionName) throws(StorageError) -> Action? {
    try inner.action(name)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``ActionReading/actions(matching:)`` of `inner` does.
  public func actions(
    matching query: ActionQuery
  ) throws(StorageError) -> QueryPage<Action, ActionCursor> {
    try inner.actions(matching: query)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``EventReading/events(of:after:limit:)`` of `inner`
  ///   does.
  public func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    try inner.events(of: plan, after: sequence, limit: limit)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``EventReading/events(after:limit:)`` of `inner`
  ///   does.
  public func events(
    after cursor: EventCursor, limit: Int
  ) throws(StorageError) -> [RecordedEvent] {
    try inner.events(after: cursor, limit: limit)
  }

  /// Forwards to `inner`.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``EventReading/feedState()`` of `inner` does.
  public func feedState() throws(StorageError) -> FeedState { try inner.feedState() }
}
