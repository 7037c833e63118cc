import PlanDomain
import PlanStorage

extension SQLiteSession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    let connection = try connection("reading")
    if let row = connection.known.plans[id] { return row.plan }
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
    var query = try connection("reading").query(.actionByName)
    query.bind(name.description)
    return try query.next() ? try query.action().action : nil
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
}

/// What is due: entries of the index of due lists, in its order.
extension SQLiteSession {
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    let connection = try connection("claiming")
    if actors.count == 1 {
      return try connection.plans(of: connection.due(.ready(actors[0]), until: now, limit)[...])
    }
    // One actor's plans come in order; those of several have to be put in order.
    var due: [DuePlan] = []
    for actor in Set(actors) { due += try connection.due(.ready(actor), until: now, limit) }
    due.sort { ($0.time, $0.id) < ($1.time, $1.id) }
    return try connection.plans(of: due.prefix(max(0, limit)))
  }

  func nextReadyAt(for actors: [ActorName]) throws(StorageError) -> Timestamp? {
    let connection = try connection("reading")
    var first: Timestamp?
    for actor in Set(actors) {
      guard let time = try connection.nextDue(.ready(actor)) else { continue }
      first = min(first ?? time, time)
    }
    return first
  }

  func expiredLeases(at now: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    return try connection.plans(of: connection.due(.leases, until: now, limit)[...])
  }

  func nextLeaseExpiry() throws(StorageError) -> Timestamp? {
    try connection("reading").nextDue(.leases)
  }

  func finalRoots(endedBefore time: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    guard time.microseconds > .min else { return [] }
    let last = Timestamp(microseconds: time.microseconds - 1)
    return try connection.plans(of: connection.due(.finalRoots, until: last, limit)[...])
  }
}

/// An entry of the index.
struct DuePlan {
  let time: Timestamp
  let id: ULID
  let number: Int64
}

extension SQLiteConnection {
  /// The first entries of a list up to a time.
  func due(
    _ list: DueList, until time: Timestamp, _ limit: Int
  ) throws(StorageError) -> [DuePlan] {
    var query = try query(.due)
    query.bind(list.key)
    query.bind(time.microseconds)
    query.bind(max(0, limit))
    var due: [DuePlan] = []
    while try query.next() {
      due.append(DuePlan(time: query.time(), id: try query.id("id"), number: query.integer()))
    }
    return due
  }

  fileprivate func nextDue(_ list: DueList) throws(StorageError) -> Timestamp? {
    var query = try query(.nextDue)
    query.bind(list.key)
    return try query.next() ? query.time() : nil
  }

  fileprivate func plans(of due: ArraySlice<DuePlan>) throws(StorageError) -> [Plan] {
    var plans: [Plan] = []
    plans.reserveCapacity(due.count)
    for entry in due { plans.append(try plan(entry.id, numbered: entry.number)) }
    return plans
  }
}
