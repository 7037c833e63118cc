import PlanDomain
import PlanStorage

/// The contents of the reference model: three lists that every read searches completely.
struct ReferenceTables: Sendable {
  var plans: [Plan] = []
  var actions: [(number: Int64, action: Action)] = []
  var events: [RecordedEvent] = []
  var lastNumber: Int64 = 0
  var lastPosition: Int64 = 0
  /// The positions of all events that were removed.
  var removedPositions: [Int64] = []
  var removedTrees: Int64 = 0

  func plan(_ id: Plan.ID) -> Plan? { plans.first { $0.id == id } }

  func sequence(of plan: Plan.ID) -> Int { events.count { $0.event.plan == plan } }
}

extension ReferenceTables {
  mutating func insert(_ plan: Plan) throws(StorageError) {
    let definition = plan.definition
    func error(_ code: StorageError.Code) -> StorageError {
      StorageError(code, operation: "inserting", subject: "plan \(plan.id)")
    }
    guard self.plan(plan.id) == nil else { throw error(.duplicate) }
    guard actions.contains(where: { $0.action.name == definition.action.name }) else {
      throw error(.missingReference)
    }
    if let key = definition.idempotencyKey,
      plans.contains(where: {
        $0.definition.idempotencyKey == key && $0.definition.action.name == definition.action.name
      })
    {
      throw error(.duplicate)
    }
    if let position = definition.position {
      guard self.plan(position.parent) != nil, self.plan(position.root) != nil else {
        throw error(.missingReference)
      }
      let siblings = children(of: position.parent, round: position.round).compactMap(
        \.definition.position)
      guard !siblings.contains(where: { $0.key == position.key || $0.index == position.index })
      else {
        throw error(.duplicate)
      }
    }
    plans.append(plan)
  }

  mutating func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    guard let position = plans.firstIndex(where: { $0.id == plan.id }) else {
      throw StorageError(.notFound, operation: "saving", subject: "plan \(plan.id)")
    }
    let stored = plans[position]
    guard stored.version == before.version, stored.progress.epoch == before.progress.epoch else {
      throw StorageError(.staleWrite, operation: "saving", subject: "plan \(plan.id)")
    }
    plans[position] = stored.with(plan.progress)
  }

  mutating func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    guard let plan = plan(root), plan.definition.position == nil else {
      throw StorageError(.notFound, operation: "removing", subject: "root \(root)")
    }
    let removed = Set(plans.filter { $0.definition.root == root }.map(\.id))
    plans.removeAll { removed.contains($0.id) }
    removedTrees += 1
    removedPositions += events.filter { removed.contains($0.event.plan) }.map(\.cursor.position)
    events.removeAll { removed.contains($0.event.plan) }
    return removed.count
  }

  mutating func insert(_ action: Action) throws(StorageError) {
    guard !actions.contains(where: { $0.action.name == action.name }) else {
      throw StorageError(.duplicate, operation: "inserting", subject: "action \(action.name)")
    }
    lastNumber += 1
    actions.append((lastNumber, action))
  }

  mutating func save(_ action: Action, replacing version: Int) throws(StorageError) {
    guard let position = actions.firstIndex(where: { $0.action.name == action.name }) else {
      throw StorageError(.notFound, operation: "saving", subject: "action \(action.name)")
    }
    guard actions[position].action.version == version else {
      throw StorageError(.staleWrite, operation: "saving", subject: "action \(action.name)")
    }
    actions[position].action = action
  }

  mutating func append(_ event: PlanEvent) throws(StorageError) {
    guard plan(event.plan) != nil else {
      throw StorageError(
        .missingReference, operation: "appending", subject: "event of plan \(event.plan)")
    }
    guard event.sequence == sequence(of: event.plan) + 1 else {
      throw StorageError(
        .duplicate, operation: "appending", subject: "event of plan \(event.plan)")
    }
    lastPosition += 1
    events.append(RecordedEvent(cursor: EventCursor(position: lastPosition), event: event))
  }
}

extension ReferenceTables {
  func children(of parent: Plan.ID, round: Int) -> [Plan] {
    plans.filter {
      $0.definition.position?.parent == parent && $0.definition.position?.round == round
    }
    .sorted { ($0.definition.position?.index ?? 0) < ($1.definition.position?.index ?? 0) }
  }

  func plans(matching query: PlanQuery) -> QueryPage<Plan, PlanCursor> {
    let isOldestFirst = query.order == .oldestFirst
    let scan = plans.filter { plan in
      guard
        query.after.map({ isOldestFirst ? plan.id > $0.last : plan.id < $0.last }) ?? true
      else { return false }
      return switch QueryRules.scan(for: query.filter) {
      case .processing: plan.status.state == .processing
      case .groups(let scope, let groups):
        QueryRules.isMember(plan, of: scope) && groups.contains(StatusGroup(plan.status))
      }
    }.sorted { isOldestFirst ? $0.id < $1.id : $0.id > $1.id }
    return page(scan, query.limit, matches: { QueryRules.isMatch($0, for: query.filter) }) {
      PlanCursor(after: $0.id)
    }
  }

  func actions(matching query: ActionQuery) -> QueryPage<Action, ActionCursor> {
    let isOldestFirst = query.order == .oldestFirst
    let scan = actions.filter { number, action in
      (query.after.map { isOldestFirst ? number > $0.last : number < $0.last } ?? true)
        && (query.filter.namespace.map { action.name.namespace == $0 } ?? true)
    }.sorted { isOldestFirst ? $0.number < $1.number : $0.number > $1.number }
    let page = page(
      scan, query.limit, matches: { QueryRules.isMatch($0.action, for: query.filter) },
      cursor: { ActionCursor(after: $0.number) })
    return QueryPage(rows: page.rows.map(\.action), next: page.next)
  }

  private func page<Row, Cursor>(
    _ scan: [Row], _ limit: PageLimit, matches: (Row) -> Bool, cursor: (Row) -> Cursor
  ) -> QueryPage<Row, Cursor> {
    var rows: [Row] = []
    for (examined, row) in scan.enumerated() {
      if rows.count == limit.count || examined == QueryRules.rowsExamined(for: limit) {
        return QueryPage(rows: rows, next: cursor(scan[examined - 1]))
      }
      if matches(row) { rows.append(row) }
    }
    return QueryPage(rows: rows, next: nil)
  }

  func counts(in scope: PlanScope) -> StatusCounts {
    let plans = plans.filter { QueryRules.isMember($0, of: scope) }
    return StatusCounts(Dictionary(grouping: plans, by: \.status).mapValues(\.count))
  }

  func readyPlans(for actors: [ActorName]) -> [(time: Timestamp, plan: Plan)] {
    plans.filter { $0.status.state == .queued && actors.contains($0.actor) }
      .compactMap { plan in plan.progress.readyAt.map { ($0, plan) } }
      .sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
  }

  var leases: [(time: Timestamp, plan: Plan)] {
    plans.compactMap { plan in plan.progress.lease.map { ($0.expiresAt, plan) } }
      .sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
  }

  var finalRoots: [(time: Timestamp, plan: Plan)] {
    plans.filter { $0.definition.position == nil && $0.isFinal }
      .compactMap { plan in plan.endedAt.map { ($0, plan) } }
      .sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
  }
}
