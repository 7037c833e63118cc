import PlanDomain
import PlanStorage

extension SQLiteSession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    try connectionWithDirtyRow("reading").row(of: id)?.plan
  }

  func plan(of action: ActionName, idempotencyKey: Key) throws(StorageError) -> Plan? {
    let connection = try connection("reading")
    guard let number = try connection.number(of: action) else { return nil }
    var query = try connection.query(.planByUse)
    query.bind(number)
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
    var query = try connection("reading").query(.queuedActors)
    query.bind(actor?.description ?? "")
    query.bind(max(0, limit))
    var actors: [ActorName] = []
    while try query.next() { actors.append(try query.short("name")) }
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

extension SQLiteConnection {
  /// Returns the plan with this id, and its row; nil when it is not stored.
  func row(of id: Plan.ID) throws(StorageError) -> PlanCache.Row? {
    if let row = cache.plans[id] { return row }
    try writeDirtyRow()
    var query = try query(.planByID)
    query.bind(id.ulid)
    return try row(&query)
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
    guard let number = try number(of: list) else { return [] }
    var query = try query(.due)
    query.bind(number)
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
