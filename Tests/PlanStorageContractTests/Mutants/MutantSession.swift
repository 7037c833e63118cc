import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract

/// A session of the in-memory store with one mistake.
struct MutantSession: UnitOfWork {
  let inner: any ReadSession
  let mutant: Mutant
  let core: MutantCore
  let engine: (any StorageEngine)?
  let ready: [Plan]

  init(
    _ inner: any ReadSession, _ mutant: Mutant, _ core: MutantCore,
    otherwise engine: (any StorageEngine)? = nil, ready: [Plan] = []
  ) {
    self.inner = inner
    self.mutant = mutant
    self.core = core
    self.engine = engine
    self.ready = ready
  }

  /// How much of a list a store gives that cuts lists.
  private static let most = 64

  private func cut<Row>(_ rows: [Row], if mutant: Mutant) -> [Row] {
    self.mutant == mutant ? Array(rows.prefix(Self.most)) : rows
  }

  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    if mutant == .throwsWhenMissing, try inner.plan(id) == nil {
      throw StorageError(.notFound, operation: "reading", subject: "plan \(id)")
    }
    do {
      let plan = try inner.plan(id)
      let definition = core.state.withLock { $0.definitions[id] }
      guard let plan, let definition else { return plan }
      return Plan(definition: definition, progress: plan.progress)
    } catch {
      guard let engine, error.code == .sessionEnded else { throw error }
      do { return try engine.read { try $0.plan(id) } } catch { return nil }
    }
  }

  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    try inner.plan(of: action, idempotencyKey: idempotencyKey)
  }

  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    if mutant == .pagesAreNewer, let engine {
      // The page of the moment, not that of the session.
      let page = outcome { try engine.read { PageCopy(try $0.plans(matching: query)) } }
      if case .success(let copy) = page { return QueryPage(rows: copy.rows, next: copy.next) }
    }
    var (filter, after) = (query.filter, query.after)
    if mutant == .ignoresFilters, filter.project != nil { filter = PlanFilter() }
    if mutant == .ignoresLabels, filter.label != nil { filter = PlanFilter() }
    if mutant == .foldsLabels, let label = filter.label, let key = label.foldedKey {
      filter = PlanFilter(label: Plan.Label(key, label.value))
    }
    if mutant == .pagesByMemory, let last = after?.last, try inner.plan(last) == nil { after = nil }
    if mutant == .examinesEverything { return try wholePage(query) }
    let page = try inner.plans(
      matching: PlanQuery(filter, order: query.order, limit: query.limit, after: after))
    if mutant == .cutsTrees, filter.root != nil, page.rows.count > Self.most {
      return QueryPage(rows: Array(page.rows.prefix(Self.most)), next: nil)
    }
    let isShort = page.rows.count < query.limit.count
    if mutant == .losesNextPage, !isShort, page.next != nil, query.limit.count == 3 {
      return QueryPage(rows: page.rows, next: nil)
    }
    return page
  }

  /// The page, looked for however far it is.
  private func wholePage(_ query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    var (rows, after) = ([Plan](), query.after)
    while true {
      let page = try inner.plans(
        matching: PlanQuery(query.filter, order: query.order, limit: query.limit, after: after))
      rows = Array((rows + page.rows).prefix(query.limit.count))
      after =
        rows.count == query.limit.count ? rows.last.map { PlanCursor(after: $0.id) } : page.next
      if after == nil || rows.count == query.limit.count {
        return QueryPage(rows: rows, next: after)
      }
    }
  }

  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try inner.counts(in: mutant == .countsEverything ? .all : scope)
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let children = cut(try inner.children(of: parent, round: round), if: .cutsChildren)
    return mutant == .ordersChildrenById ? children.sorted { $0.id < $1.id } : children
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    guard mutant == .startsTooEarly else {
      return cut(
        try inner.startableChildren(of: parent, round: round, limit: limit), if: .cutsStartable)
    }
    return Array(
      try inner.children(of: parent, round: round).filter(\.awaitsSlot).prefix(limit))
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let found = cut(
      try inner.dependents(on: key, parent: parent, round: round), if: .cutsDependents)
    guard mutant == .mixesRounds else { return found }
    return try found + inner.dependents(on: key, parent: parent, round: round + 1)
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    if mutant == .claimsTwice { return DuePlans(plans: Array(ready.prefix(limit))) }
    if mutant == .readsEverything { _ = try inner.events(after: .start, limit: .max) }
    let everyone = mutant == .ignoresActors
    let found = try inner.readyPlans(
      for: everyone ? inner.queuedActors(after: nil, limit: .max) : actors,
      at: mutant == .ignoresReadyTime ? Timestamp(microseconds: .max) : now,
      limit: mutant == .ignoresLimits ? .max : limit, excluding: left(out: excluded)
    ).plans
    return DuePlans(
      plans: mutant == .ordersById
        ? found.sorted { $0.id < $1.id } : cut(found, if: .cutsDueLists))
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    if mutant == .ordersById {
      return try inner.readyPlans(for: actors, at: Timestamp(microseconds: .max), limit: .max)
        .min { $0.id < $1.id }?.progress.readyAt
    }
    let found = try inner.nextReadyAt(for: actors, excluding: left(out: excluded))
    return found ?? core.state.withLock { $0.readyAt }
  }

  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    try inner.queuedActors(after: mutant == .repeatsActors ? nil : actor, limit: limit)
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let time = mutant == .missesExpiry ? now.adding(.microseconds(-1)) : now
    let found = try inner.expiredLeases(
      at: time, limit: mutant == .ignoresLimits ? .max : limit, excluding: left(out: excluded))
    return mutant == .ordersById ? DuePlans(plans: found.plans.sorted { $0.id < $1.id }) : found
  }

  func nextLeaseExpiry(
    excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? { try inner.nextLeaseExpiry(excluding: left(out: excluded)) }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let later = time.adding(.microseconds(1))
    return try inner.finalRoots(
      endedBefore: mutant == .purgesTooEarly ? later : time, limit: limit,
      excluding: left(out: excluded))
  }

  private func left(out excluded: Set<Plan.ID>) -> Set<Plan.ID> {
    mutant == .forgetsExclusions ? [] : excluded
  }

  func action(_ name: ActionName) throws(StorageError) -> Action? {
    if mutant == .throwsWhenMissing, try inner.action(name) == nil {
      throw StorageError(.notFound, operation: "reading", subject: "action \(name)")
    }
    guard mutant == .foldsCase else { return try inner.action(name) }
    let folded = try inner.actions(matching: ActionQuery(order: .oldestFirst)).rows.first {
      $0.name.description.lowercased() == name.description.lowercased()
    }
    return folded
  }

  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
  {
    switch mutant {
    case .ignoresTags:
      let filter = ActionFilter(
        namespace: query.filter.namespace, state: query.filter.state,
        created: query.filter.created, updated: query.filter.updated)
      return try inner.actions(
        matching: ActionQuery(filter, order: query.order, limit: query.limit, after: query.after))
    case .ordersActionsByName, .ordersActionsByUpdate:
      let page = try inner.actions(matching: query)
      let rows = page.rows.sorted {
        mutant == .ordersActionsByName
          ? $0.name.description < $1.name.description : $0.updatedAt < $1.updatedAt
      }
      return QueryPage(
        rows: query.order == .oldestFirst ? rows : rows.reversed(), next: page.next)
    case .offersPageAfterLast:
      let page = try inner.actions(matching: query)
      let isFull = page.rows.count == query.limit.count
      let end = ActionCursor(after: query.order == .oldestFirst ? .max : .min)
      return QueryPage(rows: page.rows, next: isFull ? page.next ?? end : page.next)
    default: return try inner.actions(matching: query)
    }
  }

  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    let limit = mutant == .ignoresLimits ? .max : limit
    return cut(try inner.events(of: plan, after: sequence, limit: limit), if: .cutsEvents)
  }

  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent] {
    switch mutant {
    case .reusesPlaces:
      let all = try inner.events(after: .start, limit: .max)
      return all.enumerated().map {
        RecordedEvent(cursor: EventCursor(position: Int64($0 + 1)), event: $1.event)
      }.filter { $0.cursor > cursor }.prefix(limit).map { $0 }
    case .keepsEventsOfRemoved:
      let removed = core.state.withLock { $0.removedEvents }
      return try Array((removed + inner.events(after: cursor, limit: limit)).prefix(limit))
    case .losesFourthOfUnit, .losesEighthOfUnit, .losesTwelfthOfUnit:
      let hidden = core.state.withLock { $0.hidden }
      return try inner.events(after: cursor, limit: .max).filter { !hidden.contains($0.event) }
        .prefix(limit).map { $0 }
    case .publishesEventsLate:
      // Some show only once the feed was read beyond them, as after a commit that took its time.
      let followed = core.state.withLock { state in
        state.followed = max(state.followed, cursor)
        return state.followed
      }
      return try inner.events(after: cursor, limit: .max)
        .filter { !$0.cursor.position.isMultiple(of: 5) || $0.cursor < followed }
        .prefix(limit).map { $0 }
    case .losesLateEvents:
      return try inner.events(after: cursor, limit: .max)
        .filter { $0.cursor.position < 10 || $0.cursor.position.isMultiple(of: 2) }
        .prefix(limit).map { $0 }
    default: return try inner.events(after: cursor, limit: limit)
    }
  }

  func feedState() throws(StorageError) -> FeedState {
    let state = try inner.feedState()
    switch mutant {
    case .lowersLatestPosition:
      let last = try inner.events(after: .start, limit: .max).last?.cursor.position
      return FeedState(latest: last ?? 0, removed: state.removed, purges: state.purges)
    case .forgetsPurges: return FeedState(latest: state.latest, removed: state.removed, purges: 0)
    case .forgetsRemovedPositions:
      return FeedState(latest: state.latest, removed: 0, purges: state.purges)
    case .keepsPurgesOfRolledBack:
      let removed = core.state.withLock { $0.removedTrees }
      return FeedState(latest: state.latest, removed: state.removed, purges: removed)
    default: return state
    }
  }
}

extension Plan.Label {
  /// The key in capitals, as a store may confuse it that compares without case.
  fileprivate var foldedKey: Key? { try? Key(key.description.uppercased()) }
}

/// A page that can be carried out of a read.
private struct PageCopy: Sendable {
  let rows: [Plan]
  let next: PlanCursor?

  init(_ page: QueryPage<Plan, PlanCursor>) { (rows, next) = (page.rows, page.next) }
}
