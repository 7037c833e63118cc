import PlanDomain
import PlanStorage

/// Reads of due lists.
extension PostgreSQLSession {
  func readyPlans(
    for actors: [ActorName], at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    let lists = Set(actors).map { DueList.ready($0).stored }.sorted()
    return try due(lists, until: now, limit, excluding: excluded, "claiming")
  }

  func nextReadyAt(
    for actors: [ActorName], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try nextDue(Set(actors).map { DueList.ready($0).stored }, excluding: excluded)
  }

  func queuedActors(
    after actor: ActorName?, limit: Int
  ) throws(StorageError) -> [ActorName] {
    try needExclusive("reading")
    let start = DueList.readyPrefix + (actor?.description ?? "")
    let rows = try rows(
      "reading", SQL.queuedLists, [.text(start), .int(max(0, limit))])
    var actors: [ActorName] = []
    for row in 0..<rows.count {
      let list = try rows.text(row, 0)
      guard let actor = try? ActorName(String(list.dropFirst(DueList.readyPrefix.count))) else {
        throw rows.damage(0)
      }
      actors.append(actor)
    }
    return actors
  }

  func expiredLeases(
    at now: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    return try due([DueList.leases.stored], until: now, limit, excluding: excluded, "reading")
  }

  func nextLeaseExpiry(excluding excluded: Set<Plan.ID>) throws(StorageError) -> Timestamp? {
    try nextDue([DueList.leases.stored], excluding: excluded)
  }

  func finalRoots(
    endedBefore time: Timestamp, limit: Int, excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> DuePlans {
    guard time.microseconds > .min else {
      try checkInside("reading")
      return DuePlans(plans: [])
    }
    let last = Timestamp(microseconds: time.microseconds - 1)
    return try due([DueList.finalRoots.stored], until: last, limit, excluding: excluded, "reading")
  }

  /// Reads due lists; a unit of work locks the trees of what it gets.
  private func due(
    _ lists: [String], until time: Timestamp, _ limit: Int, excluding excluded: Set<Plan.ID>,
    _ operation: String
  ) throws(StorageError) -> DuePlans {
    try checkInside(operation)
    if limit > Self.mostLocks { try needExclusive(operation) }
    let values = dueValues(lists, time, limit, excluded)
    guard isWritable, !isExclusive else {
      return try duePlans(try rows(operation, SQL.due, values))
    }
    return try duePlans(
      try rows(operation, SQL.dueAndLocked, values + [.int(keys.salt)]))
  }

  private func dueValues(
    _ lists: [String], _ time: Timestamp, _ limit: Int, _ excluded: Set<Plan.ID>
  ) -> [PostgreSQLValue] {
    [
      .texts(lists), .time(time), .int(min(max(0, limit), Int(Int32.max))),
      .ids(excluded.map(\.ulid)),
    ]
  }

  private func nextDue(
    _ lists: [String], excluding excluded: Set<Plan.ID>
  ) throws(StorageError) -> Timestamp? {
    try needExclusive("reading")
    let rows = try rows(
      "reading", SQL.nextDue, [.texts(lists), .ids(excluded.map(\.ulid))])
    return try rows.intOrNil(0, 0).map { Timestamp(microseconds: $0) }
  }

  /// Decodes each plan separately: a value that cannot be decoded affects only its plan.
  private func duePlans(_ rows: PostgreSQLRows) throws(StorageError) -> DuePlans {
    var (plans, unreadable) = ([Plan](), [UnreadablePlan]())
    plans.reserveCapacity(rows.count)
    for row in 0..<rows.count {
      let id = Plan.ID(try rows.id(row, 0))
      do throws(StorageError) {
        var reader = RowReader(rows, row)
        let stored = try reader.storedPlan(cache)
        plans.append(isWritable ? working.note(stored) : stored.plan)
      } catch {
        guard error.code == .corrupt else { throw error }
        unreadable.append(UnreadablePlan(id: id, error: error))
      }
    }
    return DuePlans(plans: plans, unreadable: unreadable)
  }
}
