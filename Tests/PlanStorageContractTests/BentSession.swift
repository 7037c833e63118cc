import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract

/// A session of the in-memory store that does one thing wrong.
struct BentSession: UnitOfWork {
  private let inner: any ReadSession
  private let flaw: Flaw
  private let core: BentCore
  private let engine: (any StorageEngine)?
  private let ready: [Plan]

  init(
    _ inner: any ReadSession, _ flaw: Flaw, _ core: BentCore,
    otherwise engine: (any StorageEngine)? = nil, ready: [Plan] = []
  ) {
    self.inner = inner
    self.flaw = flaw
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

  private func cut<Row>(_ rows: [Row], if flaw: Flaw) -> [Row] {
    self.flaw == flaw ? Array(rows.prefix(Self.most)) : rows
  }

  // MARK: Writes

  func insert(_ plan: Plan) throws(StorageError) {
    var plan = plan
    if flaw == .forgetsField { plan = plan.with(createdBy: nil) }
    if flaw == .forgetsUniqueKeys, let key = plan.definition.idempotencyKey,
      try inner.plan(of: plan.definition.terms.action, idempotencyKey: key) != nil
    {
      plan = plan.with(idempotencyKey: nil)
    }
    do { try work().insert(plan) } catch {
      if flaw == .swallowsDuplicates, error.code == .duplicate { return }
      if flaw == .forgetsReferences, error.code == .missingReference { return }
      throw error
    }
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    guard let stored = try inner.plan(plan.id) else {
      return try work().save(plan, replacing: before)
    }
    var (plan, before) = (plan, before)
    let (version, epoch) = (stored.version, stored.progress.epoch)
    switch flaw {
    case .ignoresVersions, .losesUpdates, .claimsTwice:
      before = before.with(version: version, epoch: epoch)
      if flaw == .losesUpdates, plan.version.isMultiple(of: 7) { return }
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
    if flaw == .keepsEventsOfRemoved {
      let events = try inner.events(after: .start, limit: .max)
      core.kept.withLock { $0.removedEvents += events }
    }
    do { return try work().removeTree(root) } catch {
      if flaw == .removesChildren, try inner.plan(root) != nil { return 1 }
      throw error
    }
  }

  func insert(_ action: Action) throws(StorageError) {
    do { try work().insert(action) } catch {
      if flaw == .swallowsDuplicates, error.code == .duplicate { return }
      throw error
    }
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    let stored = flaw == .ignoresActionVersions ? try inner.action(action.name)?.version : nil
    try work().save(action, replacing: stored ?? version)
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    let number = core.kept.withLock { kept in
      kept.appended += 1
      kept.appendedInUnit += 1
      if kept.appendedInUnit == flaw.lostOfUnit { kept.hidden.insert(event) }
      return kept.appended
    }
    if flaw == .forgetsEvents, number.isMultiple(of: 5) { return }
    do { try work().append(event) } catch {
      if flaw == .acceptsGaps, error.code == .duplicate { return }
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

  func plans(matching query: PlanQuery) throws(StorageError) -> Page<Plan, PlanCursor> {
    if flaw == .pagesAreNewer, let engine {
      // The page of the moment, not that of the session.
      let page = outcome { try engine.read { PageCopy(try $0.plans(matching: query)) } }
      if case .success(let copy) = page { return Page(rows: copy.rows, next: copy.next) }
    }
    var (filter, after) = (query.filter, query.after)
    if flaw == .ignoresFilters, filter.project != nil { filter = PlanFilter() }
    if flaw == .pagesByMemory, let last = after?.last, try inner.plan(last) == nil { after = nil }
    let page = try inner.plans(
      matching: PlanQuery(filter, order: query.order, limit: query.limit, after: after))
    if flaw == .cutsTrees, filter.root != nil, page.rows.count > Self.most {
      return Page(rows: Array(page.rows.prefix(Self.most)), next: nil)
    }
    let isShort = page.rows.count < query.limit.count
    if flaw == .losesNextPage, !isShort, page.next != nil, query.limit.count == 3 {
      return Page(rows: page.rows, next: nil)
    }
    return page
  }

  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    try inner.counts(in: flaw == .countsEverything ? .all : scope)
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let children = cut(try inner.children(of: parent, round: round), if: .cutsChildren)
    return flaw == .ordersChildrenById ? children.sorted { $0.id < $1.id } : children
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    guard flaw == .startsTooEarly else {
      return cut(
        try inner.startableChildren(of: parent, round: round, limit: limit), if: .cutsStartable)
    }
    return Array(
      try inner.children(of: parent, round: round).filter(\.awaitsSlot).prefix(limit))
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let found = cut(
      try inner.dependents(on: key, parent: parent, round: round), if: .cutsDependents)
    guard flaw == .mixesRounds else { return found }
    return try found + inner.dependents(on: key, parent: parent, round: round + 1)
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    if flaw == .claimsTwice { return DuePlans(plans: Array(ready.prefix(limit))) }
    if flaw == .readsEverything { _ = try inner.events(after: .start, limit: .max) }
    let found = try inner.readyPlans(
      for: actors, at: flaw == .ignoresReadyTime ? Timestamp(microseconds: .max) : now,
      limit: flaw == .ignoresLimits ? .max : limit, excluding: left(out: excluded)
    ).plans
    return DuePlans(
      plans: flaw == .ordersById
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
    try inner.queuedActors(after: flaw == .repeatsActors ? nil : actor, limit: limit)
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let time = flaw == .missesExpiry ? now.adding(.microseconds(-1)) : now
    let found = try inner.expiredLeases(
      at: time, limit: flaw == .ignoresLimits ? .max : limit, excluding: left(out: excluded))
    return flaw == .ordersById ? DuePlans(plans: found.plans.sorted { $0.id < $1.id }) : found
  }

  func nextLeaseExpiry(
    excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? { try inner.nextLeaseExpiry(excluding: left(out: excluded)) }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let later = time.adding(.microseconds(1))
    return try inner.finalRoots(
      endedBefore: flaw == .purgesTooEarly ? later : time, limit: limit,
      excluding: left(out: excluded))
  }

  private func left(out excluded: Set<Plan.ID>) -> Set<Plan.ID> {
    flaw == .forgetsExclusions ? [] : excluded
  }

  func action(_ name: ActionName) throws(StorageError) -> Action? {
    guard flaw == .foldsCase else { return try inner.action(name) }
    let folded = try inner.actions(matching: ActionQuery(order: .oldestFirst)).rows.first {
      $0.name.description.lowercased() == name.description.lowercased()
    }
    return folded
  }

  func actions(matching query: ActionQuery) throws(StorageError) -> Page<Action, ActionCursor> {
    try inner.actions(matching: query)
  }

  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    let limit = flaw == .ignoresLimits ? .max : limit
    return cut(try inner.events(of: plan, after: sequence, limit: limit), if: .cutsEvents)
  }

  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent] {
    switch flaw {
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

  init(_ page: Page<Plan, PlanCursor>) { (rows, next) = (page.rows, page.next) }
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
      id: id, terms: terms, description: description, definitionOfDone: definitionOfDone,
      arguments: arguments, defaultedArguments: defaultedArguments, projects: projects,
      automation: automation, idempotencyKey: key,
      createdBy: createdBy, createdAt: createdAt, place: place)
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
  fileprivate func with(failure: Failure?) -> PlanDocuments {
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
