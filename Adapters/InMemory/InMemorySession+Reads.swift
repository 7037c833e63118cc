import PlanDomain
import PlanStorage

extension InMemorySession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    try withTables("reading") { $0.plans.plan(id) }
  }

  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    try tables("reading").uses[UseKey(action: action, key: idempotencyKey)]?.plan
  }

  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    let tables = try tables("counting")
    if let lists = tables.lists(of: scope) {
      var groups: [StatusGroup: Int] = [:]
      for group in StatusGroup.allCases { groups[group] = lists[group].count }
      return QueryRules.counts(
        in: scope, groups: groups,
        processing: tables.leases.ascending(after: nil, meter).map(\.value.plan))
    }
    return StatusCounts(tables.loneRoot(of: scope).map { [$0.status: 1] } ?? [:])
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let family = try tables("reading").plans.entry(parent)?.family
    let children = family?.rounds[round]?.children ?? []
    meter?.note(children.count)
    return children.map(\.plan)
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    guard let round = try tables("reading").plans.entry(parent)?.family?.rounds[round] else {
      return []
    }
    return round.startable.ascending(after: nil, meter).prefix(limit).map(\.value.plan)
  }

  func dependents(
    on key: Key, parent: Plan.ID, round: Int
  ) throws(StorageError) -> [Plan] {
    let family = try tables("reading").plans.entry(parent)?.family
    let dependents = family?.rounds[round]?.dependents[key] ?? []
    meter?.note(dependents.count)
    return dependents.sorted { $0.index < $1.index }.map(\.plan)
  }

  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let tables = try tables("claiming")
    if actors.count == 1, var scan = tables.ready[actors[0]]?.ascending(after: nil, meter) {
      return tables.plans(from: &scan, until: now, limit, excluding: excluded)
    }
    var merged = MergedScan(
      Set(actors).compactMap { tables.ready[$0]?.ascending(after: nil, meter) }, isBefore: <)
    return tables.plans(from: &merged, until: now, limit, excluding: excluded)
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    let tables = try tables("reading")
    return actors.compactMap { tables.ready[$0]?.firstTime(excluding: excluded) }.min()
  }

  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    let queued = try tables("reading").ready.filter { name, list in
      !list.isEmpty && actor.map { $0 < name } ?? true
    }
    return Array(queued.keys.sorted().prefix(max(0, limit)))
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let tables = try tables("reading")
    var scan = tables.leases.ascending(after: nil, meter)
    return tables.plans(from: &scan, until: now, limit, excluding: excluded)
  }

  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp? {
    try tables("reading").leases.firstTime(excluding: excluded)
  }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let tables = try tables("reading")
    guard time > .earliest else { return DuePlans(plans: []) }
    var scan = tables.finalRoots.ascending(after: nil, meter)
    let last = Timestamp(microseconds: time.microseconds - 1)
    return tables.plans(from: &scan, until: last, limit, excluding: excluded)
  }

  func action(_ name: ActionName) throws(StorageError) -> Action? {
    try tables("reading").actions[name]?.action
  }

  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    guard let events = try tables("reading").plans.entry(plan)?.events else { return [] }
    let found = events.dropFirst(max(0, sequence)).prefix(limit)
    meter?.note(found.count)
    return found.map(\.event)
  }

  func events(
    after cursor: EventCursor, limit: Int
  ) throws(StorageError) -> [RecordedEvent] {
    let feed = try tables("reading").feed
    return feed.ascending(after: cursor.position, meter).prefix(limit)
      .compactMap { position, entry in entry.event(at: position) }
  }

  func feedState() throws(StorageError) -> FeedState {
    let tables = try tables("reading")
    return FeedState(
      latest: tables.lastPosition, removed: tables.purges.position, purges: tables.purges.count)
  }
}

extension Timestamp {
  /// The earliest representable time.
  fileprivate static let earliest = Timestamp(microseconds: .min)
}

extension PlanEntry {
  /// Returns the event at this position in commit order.
  fileprivate func event(at position: Int64) -> RecordedEvent? {
    var (low, high) = (0, events.count)
    while low < high {
      let middle = (low + high) / 2
      if events[middle].position < position { low = middle + 1 } else { high = middle }
    }
    guard low < events.count else { return nil }
    let found = events[low]
    return RecordedEvent(cursor: EventCursor(position: found.position), event: found.event)
  }
}

extension InMemoryTables {
  /// Returns the plans of a scan of a due list, up to and including this time.
  fileprivate func plans(
    from scan: inout some IteratorProtocol<(key: TimedID, value: PlanEntry)>,
    until time: Timestamp, _ limit: Int, excluding excluded: Set<Plan.ID>
  ) -> DuePlans {
    var found: [Plan] = []
    while found.count < limit, let next = scan.next(), next.key.time <= time {
      if !excluded.contains(next.key.id) { found.append(next.value.plan) }
    }
    return DuePlans(plans: found)
  }
}

extension SortedMap<TimedID, PlanEntry> {
  fileprivate func firstTime(excluding excluded: Set<Plan.ID>) -> Timestamp? {
    if excluded.isEmpty { return first?.key.time }
    return ascending().first { !excluded.contains($0.key.id) }?.key.time
  }
}
