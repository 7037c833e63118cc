import PlanDomain
import PlanStorage

/// A due position as it is stored, with the number of its list.
struct StoredDuePosition {
  let list: Int64
  let time: Timestamp
}

extension SQLiteConnection {
  private static let leases: Int64 = 0
  private static let finalRoots: Int64 = -1

  /// Returns the number of a due list, or nil if no plan was ever queued for its actor.
  func number(of list: DueList) throws(StorageError) -> Int64? {
    switch list {
    case .leases: return Self.leases
    case .finalRoots: return Self.finalRoots
    case .ready(let actor):
      if let cached = cache.number(of: actor) { return cached }
      var query = try query(.actorNumber)
      query.bind(actor.description)
      guard try query.next() else { return nil }
      let number = query.integer()
      cache.note(actor, is: number)
      return number
    }
  }

  /// Returns the stored due position of a plan; stores the plan's actor if it is new.
  ///
  /// A new actor stays stored when the unit of work is rolled back by statements, which changes no
  /// read.
  func duePosition(
    of plan: Plan, _ permit: borrowing ChangePermit
  ) throws(StorageError) -> StoredDuePosition? {
    guard let due = DuePosition(of: plan) else { return nil }
    if let number = try number(of: due.list) {
      return StoredDuePosition(list: number, time: due.time)
    }
    guard case .ready(let actor) = due.list else { return nil }
    var query = try query(.insertActor)
    query.bind(actor.description)
    try query.run(permit)
    let number = lastInsertedNumber
    cache.note(actor, is: number)
    return StoredDuePosition(list: number, time: due.time)
  }
}
