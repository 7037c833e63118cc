import PlanDomain
import PlanStorage

/// A running read or unit of work; each method throws `sessionEnded` outside its body.
///
/// A unit of work locks the tree of each plan and the name of each action before it reads them, in
/// the same round trip, so that what it has read stays as it is. What such locks do not protect it
/// reads in the exclusive mode only. Never commits or rolls back; its engine does.
final class PostgreSQLSession {
  /// The number of trees that a unit of work locks at most; a larger one excludes all writers.
  static let mostLocks = 500

  let transaction: PostgreSQLTransaction
  let cache: EngineCache
  /// Identifies the unit of work when the answer to its commit is lost; 0 for a read.
  let token: Int64
  let random: @Sendable () -> Int64
  var working = WorkingRows()
  /// The plans whose trees the unit of work has locked or tried to lock.
  private(set) var touched: Set<ULID> = []

  func note(touched id: Plan.ID) { touched.insert(id.ulid) }

  init(
    _ transaction: PostgreSQLTransaction, _ cache: EngineCache,
    random: @escaping @Sendable () -> Int64
  ) {
    self.transaction = transaction
    self.cache = cache
    self.random = random
    token = transaction.isWritable ? random() : 0
  }

  var isWritable: Bool { transaction.isWritable }
  var isExclusive: Bool { transaction.mode.isExclusive }
  var keys: StoreKeys { transaction.keys }
  private var subject: String { transaction.connection.subject }

  /// Throws `sessionEnded` outside the body, and the error that made the transaction unusable.
  func checkInside(_ operation: String, readsFeed: Bool = false) throws(StorageError) {
    guard ReentrancyGuard.isInside(self, forWriting: isWritable) else {
      throw StorageError(.sessionEnded, operation: operation, subject: subject)
    }
    try transaction.check()
    try transaction.prepare(readsFeed: readsFeed)
  }

  /// As `checkInside`; throws `readOnly` in a read session.
  func checkWritable(_ operation: String) throws(StorageError) {
    guard isWritable else {
      throw StorageError(
        .readOnly, operation: operation, subject: subject, reason: "the session is read-only")
    }
    try checkInside(operation)
  }

  /// For a read that no lock of single plans protects: makes the unit of work an exclusive one, by
  /// running its body again if it has begun.
  func needExclusive(_ operation: String, readsFeed: Bool = false) throws(StorageError) {
    try checkInside(operation, readsFeed: readsFeed)
    guard isWritable, !isExclusive else { return }
    if !working.hasWrites, transaction.becomeExclusive() { return }
    throw transaction.requiring { $0.isExclusive = true }
  }

  /// Runs these commands; with `flushing`, after what is to be written, so that they see it.
  ///
  /// Events that are sent before the commit need the exclusive mode: others may follow, and all of
  /// them become visible together.
  func run(
    _ operation: String, _ commands: [PostgreSQLCommand], flushing: Bool = true,
    withEvents: Bool = false
  ) throws(StorageError) -> ArraySlice<PostgreSQLRows> {
    var all: [PostgreSQLCommand] = []
    if withEvents, isWritable, !isExclusive, working.hasUnsentEvents {
      throw transaction.requiring { $0.isExclusive = true }
    }
    if flushing, isWritable {
      all = working.take(withEvents: withEvents, token: token, keys)
    }
    let before = all.count
    all += commands
    return try transaction.run(operation, all)[before...]
  }

  /// Runs one command and returns its rows.
  func rows(
    _ operation: String, _ statement: PostgreSQLStatement, _ values: [PostgreSQLValue],
    flushing: Bool = true, withEvents: Bool = false
  ) throws(StorageError) -> PostgreSQLRows {
    let all = try run(
      operation, [PostgreSQLCommand(statement, values)], flushing: flushing,
      withEvents: withEvents)
    guard let rows = all.last else {
      throw StorageError(.inputOutput, operation: operation, subject: subject)
    }
    return rows
  }

  /// The plans of a result as this session sees them.
  func plans(_ rows: PostgreSQLRows) throws(StorageError) -> [Plan] {
    let stored = try rows.plans(cache)
    return isWritable ? stored.map { working.note($0) } : stored.map(\.plan)
  }

  /// After the body has thrown: makes sure that it has not seen insertions succeed that cannot.
  ///
  /// If the server refuses them, the body is run again in the exclusive mode.
  func verifyInsertions() {
    guard working.hasUnsentInsertions, !isExclusive, transaction.failure == nil else { return }
    _ = try? run("inserting", [])
  }

  /// Sends the rest of a unit of work with `COMMIT`.
  ///
  /// Returns the position of its last event; nil without events.
  func commit() throws(StorageError) -> Int64? {
    try transaction.check()
    // What was not there may be there by now, after what else was read or before what is written.
    if isWritable, !isExclusive, working.hasUnstableReads {
      throw transaction.requiring { $0.isExclusive = true }
    }
    guard working.hasWrites else {
      _ = try transaction.commit([])
      return nil
    }
    var commands = working.take(withEvents: false, token: token, keys)
    if working.firstEvent == nil {
      commands.append(PostgreSQLCommand(SQL.insertUnitOfWork, [.int(token)]))
    }
    let endsWithEvent = working.hasUnsentEvents
    if endsWithEvent { commands += working.takeEvents(token: token, keys) }
    let rows = try transaction.commit(commands)
    return endsWithEvent ? try rows.last?.int(0, 0) : nil
  }
}
