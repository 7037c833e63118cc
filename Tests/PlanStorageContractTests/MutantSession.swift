import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract

/// A session of the in-memory store that does one thing wrong.
struct MutantSession: UnitOfWork {
  private let inner: any ReadSession
  private let mutant: Mutant
  private let core: MutantCore
  private let engine: (any StorageEngine)?
  private let ready: [Plan]

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

  private func work() throws(StorageError) -> any UnitOfWork {
    guard let work = inner as? any UnitOfWork else {
      throw StorageError(.readOnly, operation: "writing", subject: "a bent store")
    }
    return work
  }

  /// How much of a list a store gives that cuts lists.
  private static let most = 64

  private func cut<Row>(_ rows: [Row], if mutant: Mutant) -> [Row] {
    self.mutant == mutant ? Array(rows.prefix(Self.most)) : rows
  }

  // MARK: Writes

  func insert(_ plan: Plan) throws(StorageError) {
    var plan = plan
    if mutant == .forgetsField { plan = plan.with(createdBy: nil) }
    if mutant == .forgetsUniqueKeys, let key = plan.definition.idempotencyKey,
      try inner.plan(of: plan.definition.action.name, idempotencyKey: key) != nil
    {
      plan = plan.with(idempotencyKey: nil)
    }
    do { try work().insert(plan) } catch {
      if mutant == .swallowsDuplicates, error.code == .duplicate { return }
      if mutant == .forgetsReferences, error.code == .missingReference { return }
      throw error
    }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    guard let stored = try inner.plan(plan.id) else {
      return try work().save(plan, replacing: before)
    }
    var (plan, before) = (plan, before)
    let (version, epoch) = (stored.version, stored.progress.epoch)
    switch mutant {
    case .ignoresVersions, .losesUpdates, .claimsTwice:
      before = before.with(version: version, epoch: epoch)
      if mutant == .losesUpdates, plan.version.isMultiple(of: 7) { return }
    case .ignoresEpochs: before = before.with(version: before.version, epoch: epoch)
    case .forgetsFieldOnSave: plan = plan.with { $0.with(failure: nil) }
    case .roundsNumbers: plan = plan.with { $0.with(strategize: $0.strategize?.rounded) }
    case .savesFixedPart:
      core.kept.withLock { $0.definitions[plan.id] = plan.definition }
    default: break
    }
    try work().save(plan, replacing: before)
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    if mutant == .keepsEventsOfRemoved {
      let events = try inner.events(after: .start, limit: .max)
      core.kept.withLock { $0.removedEvents += events }
    }
    do { return try work().removeTree(root) } catch {
      if mutant == .removesChildren, try inner.plan(root) != nil { return 1 }
      throw error
    }
  }

  func insert(_ action: Action) throws(StorageError) {
    do { try work().insert(action) } catch {
      if mutant == .swallowsDuplicates, error.code == .duplicate { return }
      throw error
    }
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let stored = mutant == .ignoresActionVersions ? try inner.action(action.name)?.version : nil
    try work().save(action, replacing: stored ?? version)
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    let number = core.kept.withLock { kept in
      kept.appended += 1
      kept.appendedInUnit += 1
      if kept.appendedInUnit == mutant.lostOfUnit { kept.hidden.insert(event) }
      return kept.appended
    }
    if mutant == .forgetsEvents, number.isMultiple(of: 5) { return }
    do { try work().append(event) } catch {
      if mutant == .acceptsGaps, error.code == .duplicate { return }
      throw error
    }
  }

  // MARK: Reads

  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    do {
      let plan = try inner.plan(id)
      let definition = core.kept.withLock { $0.definitions[id] }
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
    if mutant == .pagesByMemory, let last = after?.last, try inner.plan(last) == nil { after = nil }
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
    let found = try inner.readyPlans(
      for: actors, at: mutant == .ignoresReadyTime ? Timestamp(microseconds: .max) : now,
      limit: mutant == .ignoresLimits ? .max : limit, excluding: left(out: excluded)
    ).plans
    return DuePlans(
      plans: mutant == .ordersById
        ? found.sorted { $0.id < $1.id } : cut(found, if: .cutsDueLists))
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try inner.nextReadyAt(for: actors, excluding: left(out: excluded))
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
    guard mutant == .foldsCase else { return try inner.action(name) }
    let folded = try inner.actions(matching: ActionQuery(order: .oldestFirst)).rows.first {
      $0.name.description.lowercased() == name.description.lowercased()
    }
    return folded
  }

  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
  {
    try inner.actions(matching: query)
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
      let kept = core.kept.withLock { $0.removedEvents }
      return try Array((kept + inner.events(after: cursor, limit: limit)).prefix(limit))
    case .losesFourthOfUnit, .losesEighthOfUnit, .losesTwelfthOfUnit:
      let hidden = core.kept.withLock { $0.hidden }
      return try inner.events(after: cursor, limit: .max).filter { !hidden.contains($0.event) }
        .prefix(limit).map { $0 }
    case .losesLateEvents:
      return try inner.events(after: cursor, limit: .max)
        .filter { $0.cursor.position < 10 || $0.cursor.position.isMultiple(of: 2) }
        .prefix(limit).map { $0 }
    default: return try inner.events(after: cursor, limit: limit)
    }
  }
}

/// A page that can be carried out of a read.
private struct PageCopy: Sendable {
  let rows: [Plan]
  let next: PlanCursor?

  init(_ page: QueryPage<Plan, PlanCursor>) { (rows, next) = (page.rows, page.next) }
}

extension Plan {
  fileprivate func with(createdBy: String?) -> Plan {
    Plan(
      definition: definition.with(createdBy: createdBy, key: definition.idempotencyKey),
      progress: progress)
  }

  fileprivate func with(idempotencyKey: Key?) -> Plan {
    Plan(
      definition: definition.with(createdBy: definition.createdBy, key: idempotencyKey),
      progress: progress)
  }

  fileprivate func with(version: Int, epoch: Int) -> Plan {
    with(progress.with(version: version, epoch: epoch, documents: progress.documents))
  }

  fileprivate func with(_ change: (PlanDocuments) -> PlanDocuments) -> Plan {
    with(
      progress.with(
        version: version, epoch: progress.epoch, documents: progress.documents.map(change)))
  }
}

extension PlanDefinition {
  fileprivate func with(createdBy: String?, key: Key?) -> PlanDefinition {
    PlanDefinition(
      id: id, action: action, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: key,
      createdBy: createdBy, createdAt: createdAt, position: position)
  }
}

extension PlanProgress {
  fileprivate func with(
    version: Int, epoch: Int, documents: PlanDocuments?
  ) -> PlanProgress {
    PlanProgress(
      status: status, version: version, attempt: attempt, reversionCount: reversionCount,
      epoch: epoch, lease: lease, readyAt: readyAt, unmetDependencies: unmetDependencies,
      updatedAt: updatedAt,
      times: (self[times: .strategize], self[times: .execute], self[times: .apply]),
      documents: documents, round: round)
  }
}

extension PlanDocuments {
  fileprivate func with(failure: Plan.Failure?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure)
  }

  fileprivate func with(strategize: JSONValue?) -> PlanDocuments {
    PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: failure)
  }
}

extension JSONValue {
  /// What a parser makes of it that knows one kind of number.
  fileprivate var rounded: JSONValue {
    switch self {
    case .double(let number):
      Int64(exactly: number.value).map { .integer($0) } ?? self
    case .integer(let number): .integer(Int64(exactly: Double(number)) ?? 0)
    case .array(let elements): .array(elements.map(\.rounded))
    default: self
    }
  }
}
