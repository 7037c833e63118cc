import PlanDomain
import PlanStorage

extension SQLiteSession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    let connection = try connection("reading")
    if let row = connection.cache.plans[id] { return row.plan }
    var query = try connection.query(.planByID)
    query.bind(id.ulid)
    return try connection.plan(&query)
  }

  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    let connection = try connection("reading")
    guard let numbers = try connection.numbers(of: action) else { return nil }
    var query = try connection.query(.planByUse)
    query.bind(numbers.number)
    query.bind(idempotencyKey.description)
    return try connection.plan(&query)
  }

  func children(of parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    var query = try connection.query(.children)
    query.bind(parent.ulid)
    query.bind(round)
    return try connection.plans(&query)
  }

  func startableChildren(
    of parent: Plan.ID, round: Int, limit: Int
  ) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    var query = try connection.query(.startable)
    query.bind(parent.ulid)
    query.bind(round)
    query.bind(max(0, limit))
    return try connection.plans(&query)
  }

  func dependents(on key: Key, parent: Plan.ID, round: Int) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    var query = try connection.query(.dependents)
    query.bind(parent.ulid)
    query.bind(round)
    query.bind(key.description)
    var plans: [Plan] = []
    while try query.next() { plans.append(try connection.plan(numbered: query.integer())) }
    return plans
  }

  func action(_ name: ActionName) throws(StorageError) -> Action? {
    let connection = try connection("reading")
    var query = try connection.query(.actionByName)
    query.bind(name.description)
    guard try query.next() else { return nil }
    let version = query.int()
    if let decoded = connection.cache.decodedActions.action(name, version: version) {
      return decoded
    }
    let action = try query.action().action
    if connection.isWriter {
      connection.cache.decodedActions.note(action, textBytes: query.weight)
    }
    return action
  }

  func events(
    of plan: Plan.ID, after sequence: Int, limit: Int
  ) throws(StorageError) -> [PlanEvent] {
    var query = try connection("reading").query(.eventsOfPlan)
    query.bind(plan.ulid)
    query.bind(sequence)
    query.bind(max(0, limit))
    var events: [PlanEvent] = []
    while try query.next() { events.append(try query.event().event) }
    return events
  }

  func events(after cursor: EventCursor, limit: Int) throws(StorageError) -> [RecordedEvent] {
    var query = try connection("reading").query(.eventsOfAll)
    query.bind(cursor.position)
    query.bind(max(0, limit))
    var events: [RecordedEvent] = []
    while try query.next() { events.append(try query.event()) }
    return events
  }

  func feedState() throws(StorageError) -> FeedState {
    var query = try connection("reading").query(.feedState)
    guard try query.next() else { throw query.damage("feed") }
    let (latest, removed, purges) = (
      query.optionalInteger() ?? 0, query.integer(), query.integer()
    )
    guard removed >= 0, purges >= 0 else { throw query.damage("feed") }
    return FeedState(latest: latest, removed: removed, purges: purges)
  }
}

/// Reads of due lists.
extension SQLiteSession {
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let connection = try connection("claiming")
    if actors.count == 1 {
      return try connection.plans(
        of: connection.due(.ready(actors[0]), until: now, limit, excluding: excluded)[...])
    }
    // The index orders the plans of one actor; those of several actors are sorted here.
    var due: [DuePlan] = []
    for actor in Set(actors) {
      due += try connection.due(.ready(actor), until: now, limit, excluding: excluded)
    }
    due.sort { ($0.time, $0.id) < ($1.time, $1.id) }
    return try connection.plans(of: due.prefix(max(0, limit)))
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    let connection = try connection("reading")
    var first: Timestamp?
    for actor in Set(actors) {
      guard let time = try connection.nextDue(.ready(actor), excluding: excluded) else { continue }
      first = min(first ?? time, time)
    }
    return first
  }

  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    let connection = try connection("reading")
    var actors: [ActorName] = []
    var last = actor.map { DueList.ready($0).key } ?? DueList.readyPrefix
    // One lookup for each actor, whatever the number of its queued plans.
    while actors.count < limit {
      var query = try connection.query(.nextReadyList)
      query.bind(last)
      query.bind(DueList.afterReady)
      guard try query.next() else { break }
      last = query.text()
      guard let actor = try? ActorName(String(last.dropFirst(DueList.readyPrefix.count))) else {
        throw query.damage("due_list")
      }
      actors.append(actor)
    }
    return actors
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let connection = try connection("reading")
    return try connection.plans(
      of: connection.due(.leases, until: now, limit, excluding: excluded)[...])
  }

  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp? {
    try connection("reading").nextDue(.leases, excluding: excluded)
  }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let connection = try connection("reading")
    guard time.microseconds > .min else { return DuePlans(plans: []) }
    let last = Timestamp(microseconds: time.microseconds - 1)
    return try connection.plans(
      of: connection.due(.finalRoots, until: last, limit, excluding: excluded)[...])
  }
}

/// An entry of the index of due lists.
struct DuePlan {
  let time: Timestamp
  let id: ULID
  let number: Int64
}

extension SQLiteConnection {
  /// Returns the first entries of a due list up to and including this time, without excluded plans.
  func due(
    _ list: DueList, until time: Timestamp, _ limit: Int, excluding excluded: Set<Plan.ID> = []
  ) throws(StorageError) -> [DuePlan] {
    var query = try query(.due)
    query.bind(list.key)
    query.bind(time.microseconds)
    let (rows, overflow) = max(0, limit).addingReportingOverflow(excluded.count)
    query.bind(overflow ? .max : rows)
    var due: [DuePlan] = []
    while due.count < limit, try query.next() {
      let entry = DuePlan(time: query.time(), id: try query.id("id"), number: query.integer())
      if !excluded.contains(Plan.ID(entry.id)) { due.append(entry) }
    }
    return due
  }

  fileprivate func nextDue(
    _ list: DueList, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    let latest = Timestamp(microseconds: .max)
    return try due(list, until: latest, 1, excluding: excluded).first?.time
  }

  /// Returns the plans of these entries; each is read separately.
  fileprivate func plans(of due: ArraySlice<DuePlan>) throws(StorageError) -> DuePlans {
    var plans: [Plan] = []
    var unreadable: [UnreadablePlan] = []
    plans.reserveCapacity(due.count)
    for entry in due {
      do throws(StorageError) {
        plans.append(try plan(entry.id, numbered: entry.number))
      } catch {
        // A value that cannot be decoded affects only this plan; any other error fails the read.
        guard error.code == .corrupt, broken == nil else { throw error }
        unreadable.append(UnreadablePlan(id: Plan.ID(entry.id), error: error))
      }
    }
    return DuePlans(plans: plans, unreadable: unreadable)
  }
}
