package import PlanDomain
package import PlanStorage

/// A session in which every call is a unit of work of its own: safe for memory, and racy.
package struct AutocommitSession: UnitOfWork {
  private let engine: any StorageEngine

  /// Every call goes to this store by itself.
  package init(_ engine: any StorageEngine) { self.engine = engine }

  private func read<R: Sendable>(
    _ body: @Sendable (any ReadSession) throws -> R
  ) throws(StorageError) -> R {
    do { return try engine.read(body) } catch { throw Self.storage(error) }
  }

  private func write<R: Sendable>(
    _ body: @Sendable (any UnitOfWork) throws -> R
  ) throws(StorageError) -> R {
    do { return try engine.write(body) } catch { throw Self.storage(error) }
  }

  private static func storage(_ error: any Error) -> StorageError {
    error as? StorageError
      ?? StorageError(.inputOutput, operation: "calling", subject: "\(error)")
  }

  package func insert(_ plan: Plan) throws(StorageError) { try write { try $0.insert(plan) } }

  package func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try write { try $0.save(plan, replacing: before) }
  }

  package func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    try write { try $0.removeTree(root) }
  }

  package func insert(_ action: Action) throws(StorageError) { try write { try $0.insert(action) } }

  package func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try write { try $0.save(action, replacing: version) }
  }

  package func append(_ event: PlanEvent) throws(StorageError) {
    try write { try $0.append(event) }
  }

  package func plan(_ id: Plan.ID) throws(StorageError) -> Plan? { try read { try $0.plan(id) } }

  package func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    try read { try $0.plan(of: action, idempotencyKey: idempotencyKey) }
  }

  package func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor>
  {
    try read { try $0.plans(matching: query) }
  }

  package func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try read { try $0.counts(in: scope) }
  }

  package func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try read { try $0.children(of: parent, round: round) }
  }

  package func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    try read { try $0.startableChildren(of: parent, round: round, limit: limit) }
  }

  package func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    try read { try $0.dependents(on: key, parent: parent, round: round) }
  }

  package func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try read { try $0.readyPlans(for: actors, at: now, limit: limit, excluding: excluded) }
  }

  package func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try read { try $0.nextReadyAt(for: actors, excluding: excluded) }
  }

  package func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    try read { try $0.queuedActors(after: actor, limit: limit) }
  }

  package func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try read { try $0.expiredLeases(at: now, limit: limit, excluding: excluded) }
  }

  package func nextLeaseExpiry(
    excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try read { try $0.nextLeaseExpiry(excluding: excluded) }
  }

  package func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    try read { try $0.finalRoots(endedBefore: time, limit: limit, excluding: excluded) }
  }

  package func action(_ name: ActionName) throws(StorageError) -> Action? {
    try read { try $0.action(name) }
  }

  package func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<
    Action, ActionCursor
  > {
    try read { try $0.actions(matching: query) }
  }

  package func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    try read { try $0.events(of: plan, after: sequence, limit: limit) }
  }

  package func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent]
  {
    try read { try $0.events(after: cursor, limit: limit) }
  }

  package func feedState() throws(StorageError) -> FeedState { try read { try $0.feedState() } }
}
