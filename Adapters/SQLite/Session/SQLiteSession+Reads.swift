import PlanDomain
import PlanStorage

extension SQLiteSession {
  func plan(_ id: Plan.ID) throws(StorageError) -> Plan? {
    let connection = try connection("reading")
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

/// What is due: index entries of a time, an id and a number, in their order.
extension SQLiteSession {
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    let connection = try connection("claiming")
    var due: [DuePlan] = []
    for actor in Set(actors) {
      var query = try connection.query(.ready)
      query.bind(actor.description)
      query.bind(now.microseconds)
      query.bind(max(0, limit))
      due += try query.due()
    }
    // One actor's plans come in order; those of several have to be put in order.
    if actors.count > 1 { due.sort { ($0.time, $0.id) < ($1.time, $1.id) } }
    return try connection.plans(of: due.prefix(max(0, limit)))
  }

  func nextReadyAt(for actors: [ActorName]) throws(StorageError) -> Timestamp? {
    let connection = try connection("reading")
    var first: Timestamp?
    for actor in Set(actors) {
      var query = try connection.query(.nextReady)
      query.bind(actor.description)
      guard try query.next() else { continue }
      let time = query.time()
      first = min(first ?? time, time)
    }
    return first
  }

  func expiredLeases(at now: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    try plans(.expired, until: now, limit: limit)
  }

  func nextLeaseExpiry() throws(StorageError) -> Timestamp? {
    var query = try connection("reading").query(.nextExpiry)
    return try query.next() ? query.time() : nil
  }

  func finalRoots(endedBefore time: Timestamp, limit: Int) throws(StorageError) -> [Plan] {
    try plans(.finalRoots, until: time, limit: limit)
  }

  private func plans(
    _ sql: SQL, until time: Timestamp, limit: Int
  ) throws(StorageError) -> [Plan] {
    let connection = try connection("reading")
    var query = try connection.query(sql)
    query.bind(time.microseconds)
    query.bind(max(0, limit))
    return try connection.plans(of: try query.due()[...])
  }
}

/// An entry of an index of times.
private struct DuePlan {
  let time: Int64
  let id: ULID
  let number: Int64
}

extension Query {
  fileprivate mutating func due() throws(StorageError) -> [DuePlan] {
    var due: [DuePlan] = []
    while try next() {
      due.append(DuePlan(time: integer(), id: try id("id"), number: integer()))
    }
    return due
  }
}

extension SQLiteConnection {
  fileprivate func plans(of due: ArraySlice<DuePlan>) throws(StorageError) -> [Plan] {
    var plans: [Plan] = []
    plans.reserveCapacity(due.count)
    for entry in due { plans.append(try plan(numbered: entry.number)) }
    return plans
  }
}
