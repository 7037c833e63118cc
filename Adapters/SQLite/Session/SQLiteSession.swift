import PlanDomain
import PlanStorage

/// A read or a unit of work under way on a connection; of no use outside of its body.
///
/// Never begins, commits or rolls back: whoever runs the body does.
final class SQLiteSession {
  private let open: SQLiteConnection
  private let isWritable: Bool

  init(on connection: SQLiteConnection, isWritable: Bool) {
    open = connection
    self.isWritable = isWritable
  }

  /// The connection, for a read or, in a unit of work, a write.
  ///
  /// Throws `sessionEnded` outside of the body, and what broke the transaction when one did.
  func connection(_ operation: String) throws(StorageError) -> SQLiteConnection {
    guard ReentrancyGuard.isInside(self, forWriting: isWritable) else {
      throw StorageError(.sessionEnded, operation: operation, subject: open.subject)
    }
    if let broken = open.broken { throw broken }
    return open
  }

  /// The connection, for a write.
  ///
  /// Throws as `connection(_:)` does, and `readOnly` in a session for reading.
  func writable(_ operation: String) throws(StorageError) -> SQLiteConnection {
    guard isWritable else {
      throw StorageError(
        .readOnly, operation: operation, subject: open.subject,
        reason: "the session is for reading")
    }
    return try connection(operation)
  }
}

extension SQLiteConnection {
  /// The terms of this number.
  func snapshot(_ number: Int64) throws(StorageError) -> ActionSnapshot {
    if let cached = cache.snapshot(number) { return cached }
    var query = try query(.termsByNumber)
    query.bind(number)
    guard try query.next() else { throw query.damage("terms") }
    let snapshot = try query.snapshot()
    cache.note(snapshot, is: number)
    return snapshot
  }

  /// The numbers of the action of this name and of its namespace.
  func numbers(of action: ActionName) throws(StorageError) -> RowCache.Action? {
    if let cached = cache.action(action) { return cached }
    var query = try query(.actionNumber)
    query.bind(action.description)
    guard try query.next() else { return nil }
    let numbers = RowCache.Action(number: query.integer(), namespace: query.integer())
    cache.note(action, is: numbers)
    return numbers
  }

  /// All plans that the query gives.
  func plans(_ query: inout Query) throws(StorageError) -> [Plan] {
    var plans: [Plan] = []
    while let plan = try plan(&query) { plans.append(plan) }
    return plans
  }

  /// The next plan that the query gives, if it gives one.
  func plan(_ query: inout Query) throws(StorageError) -> Plan? {
    guard try query.next() else { return nil }
    let weight = query.weight
    let number = query.integer()
    let plan = try query.plan { (number) throws(StorageError) in try snapshot(number) }
    if isWriter, cache.plans[plan.id] == nil {
      cache.plans.note(
        PlanCache.Row(
          number: number, plan: plan, lastSequence: nil, weight: query.weight - weight))
    }
    return plan
  }

  /// The plan of this id and number, which were read from an index.
  func plan(_ id: ULID, numbered number: Int64) throws(StorageError) -> Plan {
    if let row = cache.plans[Plan.ID(id)] { return row.plan }
    return try plan(numbered: number)
  }

  /// The plan of this number, which was read from an index.
  func plan(numbered number: Int64) throws(StorageError) -> Plan {
    var query = try query(.planByNumber)
    query.bind(number)
    guard let plan = try plan(&query) else { throw query.damage("number") }
    return plan
  }
}
