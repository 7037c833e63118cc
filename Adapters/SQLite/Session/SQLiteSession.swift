import PlanDomain
import PlanStorage

/// A running read or unit of work on a connection; each method throws `sessionEnded` outside its
/// body.
///
/// Never begins, commits or rolls back a transaction; its caller does.
final class SQLiteSession {
  private let open: SQLiteConnection
  private let isWritable: Bool

  init(on connection: SQLiteConnection, isWritable: Bool) {
    open = connection
    self.isWritable = isWritable
  }

  /// Returns the connection, for a statement that may read the row of any plan.
  ///
  /// Throws the same errors as `connectionWithDirtyRow`.
  func connection(_ operation: String) throws(StorageError) -> SQLiteConnection {
    let connection = try connectionWithDirtyRow(operation)
    if connection.dirtyRow != nil { try connection.writeDirtyRow() }
    return connection
  }

  /// Returns the connection, which may have a row whose latest changes are not written yet.
  ///
  /// Throws `sessionEnded` outside the body, and the error that made the transaction impossible to
  /// commit, if there was one.
  func connectionWithDirtyRow(_ operation: String) throws(StorageError) -> SQLiteConnection {
    guard ReentrancyGuard.isInside(self, forWriting: isWritable) else {
      throw StorageError(.sessionEnded, operation: operation, subject: open.subject)
    }
    if let broken = open.broken { throw broken }
    return open
  }

  /// Throws `readOnly` in a read session.
  func checkWritable(_ operation: String) throws(StorageError) {
    guard isWritable else {
      throw StorageError(
        .readOnly, operation: operation, subject: open.subject,
        reason: "the session is read-only")
    }
  }
}

extension SQLiteConnection {
  /// Returns the snapshot of an action with this number.
  func snapshot(_ number: Int64) throws(StorageError) -> ActionSnapshot {
    if let cached = cache.snapshot(number) { return cached }
    var query = try query(.termsByNumber)
    query.bind(number)
    guard try query.next() else { throw query.damage("terms") }
    let snapshot = try query.snapshot()
    cache.note(snapshot, is: number)
    return snapshot
  }

  /// Returns the number of the action of this name; nil when it is not stored.
  func number(of action: ActionName) throws(StorageError) -> Int64? {
    if let cached = cache.number(of: action) { return cached }
    var query = try query(.actionNumber)
    query.bind(action.description)
    guard try query.next() else { return nil }
    let number = query.integer()
    cache.note(action, is: number)
    return number
  }

  /// Returns all plans of a query.
  func plans(_ query: inout StatementRun) throws(StorageError) -> [Plan] {
    var plans: [Plan] = []
    while let plan = try plan(&query) { plans.append(plan) }
    return plans
  }

  /// Returns the next plan of a query, or nil after the last one.
  func plan(_ query: inout StatementRun) throws(StorageError) -> Plan? { try row(&query)?.plan }

  /// Returns the next plan of a query with its row, or nil after the last one.
  func row(_ query: inout StatementRun) throws(StorageError) -> PlanCache.Row? {
    guard try query.next() else { return nil }
    let weight = query.weight
    let number = query.integer()
    let plan = try query.plan(numbered: number) { (number) throws(StorageError) in
      try snapshot(number)
    }
    let row = PlanCache.Row(
      number: number, plan: plan, latestEvent: nil, weight: query.weight - weight)
    if isWriter, cache.plans[plan.id] == nil { cache.plans.note(row) }
    return row
  }

  /// Returns the plan with this id and number, which an index contains; uses the cache.
  func plan(_ id: ULID, numbered number: Int64) throws(StorageError) -> Plan {
    if let row = cache.plans[Plan.ID(id)] { return row.plan }
    return try plan(numbered: number)
  }

  /// Returns the plan with this number, which an index contains; throws `corrupt` without a row.
  func plan(numbered number: Int64) throws(StorageError) -> Plan {
    var query = try query(.planByNumber)
    query.bind(number)
    guard let plan = try plan(&query) else { throw query.damage("number") }
    return plan
  }
}
