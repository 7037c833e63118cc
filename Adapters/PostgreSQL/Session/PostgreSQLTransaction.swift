import PlanDomain
import PlanStorage

/// The transaction of one run of a body, and how it ended.
///
/// Used by the thread that runs the body. Sends `BEGIN` with the first commands and, for a read that
/// makes one call, `COMMIT` with them too; a single command of such a read needs neither.
final class PostgreSQLTransaction {
  /// Why the body must be run again after a rollback.
  enum Repetition {
    /// In another mode, at once.
    case inMode(TransactionMode)
    /// After a pause, because of what others do; the error if it happens each time.
    case afterPause(StorageError)
  }

  let connection: PostgreSQLConnection
  private(set) var mode: TransactionMode
  let isWritable: Bool
  let keys: StoreKeys
  /// Why the body must be run again, whatever it returns or throws.
  private(set) var repetition: Repetition?
  /// The error after which the transaction cannot be committed.
  private(set) var failure: StorageError?
  /// Whether the server may have committed the transaction although its answer was lost.
  private(set) var isOutcomeUnknown = false
  private var hasBegun = false
  private var readsFeedAlready = false
  private var readsOthers = false
  private var hasEnded = false

  init(
    on connection: PostgreSQLConnection, _ mode: TransactionMode, isWritable: Bool,
    _ keys: StoreKeys
  ) {
    self.connection = connection
    self.mode = mode
    self.isWritable = isWritable
    self.keys = keys
  }

  /// Whether commands were sent.
  var isOpen: Bool { hasBegun && !hasEnded }

  /// Requests that the body is run again in another mode; returns the error to throw until then.
  func requiring(_ change: (inout TransactionMode) -> Void) -> StorageError {
    var next = mode
    change(&next)
    if repetition == nil { repetition = .inMode(next) }
    let error = StorageError(
      .busy, operation: "running", subject: "a unit of work",
      reason: "it is run again with more locks")
    failure = failure ?? error
    return error
  }

  /// Makes a unit of work exclusive if it has sent nothing yet; returns whether it has not.
  func becomeExclusive() -> Bool {
    if !hasBegun { mode.isExclusive = true }
    return !hasBegun
  }

  /// For a read: prepares for a call that reads the feed, or something else.
  ///
  /// The horizon must be found before the snapshot is taken, if need be in another run.
  func prepare(readsFeed: Bool) throws(StorageError) {
    if isWritable { return }
    let isMixed = readsFeed ? readsOthers : readsFeedAlready
    if readsFeed { readsFeedAlready = true } else { readsOthers = true }
    let needed: TransactionMode.Feed =
      isMixed ? .whole : readsFeed ? .upToHorizon : .unread
    if mode.feed >= needed { return }
    guard hasBegun else {
      mode.feed = needed
      return
    }
    throw requiring { mode in
      mode.feed = needed
      mode.hasSeveralCalls = true
    }
  }

  /// Throws the error that made the transaction unusable.
  func check() throws(StorageError) {
    if let failure { throw failure }
  }

  /// Sends these commands in one round trip and returns their results.
  func run(
    _ operation: String, _ commands: [PostgreSQLCommand]
  ) throws(StorageError) -> [PostgreSQLRows] {
    try check()
    let (before, isWhole) = (preparation, isSingleCall)
    if isWhole, hasBegun { throw requiring { $0.hasSeveralCalls = true } }
    let isOneCommand = isWhole && commands.count == 1 && mode.feed != .whole
    let prologue = hasBegun || isOneCommand ? [] : begin
    let epilogue = isWhole && !isOneCommand ? [PostgreSQLCommand(SQL.commit)] : []
    hasBegun = true
    let rows = try send(operation, before, prologue + commands + epilogue)
    if isWhole { hasEnded = true }
    return Array(rows.dropFirst(before.count + prologue.count).prefix(commands.count))
  }

  /// Sends the last commands of a unit of work with `COMMIT` and returns their results.
  func commit(_ commands: [PostgreSQLCommand]) throws(StorageError) -> [PostgreSQLRows] {
    try check()
    // A read that made no call, or one that ended with it.
    if commands.isEmpty, !hasBegun || hasEnded { return [] }
    let prologue = hasBegun ? [] : begin
    hasBegun = true
    connection.forgetWarnings()
    let rows = try send(
      "committing", [], prologue + commands + [PostgreSQLCommand(SQL.commit)], commits: true)
    hasEnded = true
    if isWritable, connection.hasWarned {
      // It is committed here, but perhaps not on the synchronous standby.
      isOutcomeUnknown = true
      throw .cancelledWait(connection.subject)
    }
    return Array(rows.dropFirst(prologue.count).dropLast())
  }

  /// Ends a transaction that was not committed.
  func rollBack() {
    if hasEnded { return }
    hasEnded = true
    if hasBegun { connection.rollBack() }
  }

  /// Whether this is the only round trip of a read that makes one call.
  private var isSingleCall: Bool { !isWritable && !mode.hasSeveralCalls }

  /// What comes before the transaction of a read that sees the feed.
  private var preparation: [PostgreSQLCommand] {
    guard !isWritable, !hasBegun else { return [] }
    let values: [PostgreSQLValue] = [.int(keys.marks), .int(keys.positions)]
    switch mode.feed {
    case .unread: return []
    case .upToHorizon: return patience + [PostgreSQLCommand(SQL.feedHorizon, values)]
    case .whole: return patience + [PostgreSQLCommand(SQL.holdFeed, values)]
    }
  }

  private var patience: [PostgreSQLCommand] {
    mode.isPatient ? [PostgreSQLCommand(SQL.waitForLocks)] : []
  }

  private var begin: [PostgreSQLCommand] {
    guard isWritable else {
      var commands = [PostgreSQLCommand(SQL.beginReading)]
      // The snapshot is taken for this command.
      if mode.feed == .whole {
        commands.append(PostgreSQLCommand(SQL.releaseFeed, [.int(keys.positions)]))
      }
      return commands
    }
    let gate = mode.isExclusive ? SQL.lock : SQL.lockShared
    var commands = [PostgreSQLCommand(SQL.beginWriting)] + patience
    commands.append(PostgreSQLCommand(gate, [.int(keys.writers)]))
    if !mode.plansToLock.isEmpty, !mode.isExclusive {
      commands.append(
        PostgreSQLCommand(SQL.lockTrees, [.ids(Array(mode.plansToLock)), .int(keys.salt)]))
    }
    return commands
  }

  private func send(
    _ operation: String, _ before: [PostgreSQLCommand], _ commands: [PostgreSQLCommand],
    commits: Bool = false
  ) throws(StorageError) -> [PostgreSQLRows] {
    do throws(PostgreSQLFailure) {
      if before.isEmpty { return try connection.run(commands) }
      return try connection.run(segments: [before, commands])
    } catch {
      throw note(error, operation, commits: commits ? commands.count - 1 : nil)
    }
  }

  /// Decides what a failure means for the unit of work; returns the error for the method.
  private func note(
    _ failed: PostgreSQLFailure, _ operation: String, commits: Int?
  ) -> StorageError {
    let error = failed.error(operation, connection.subject)
    failure = error
    // The connection may hold the lock of the positions, which no rollback gives back.
    if mode.feed == .whole { connection.discard() }
    if let commits, failed.mayHaveExecuted(commits) {
      isOutcomeUnknown = true
    } else if failed.isUniqueViolation, isWritable, !mode.isExclusive {
      // Only the server knows which write it was: each is checked in the other mode.
      var next = mode
      next.isExclusive = true
      repetition = .inMode(next)
    } else if failed.isCancelled, !mode.wasCancelled {
      var next = mode
      next.wasCancelled = true
      repetition = .inMode(next)
    } else if failed.isPassing {
      repetition = .afterPause(error)
    }
    return error
  }
}

extension StorageError {
  /// The server has committed without waiting for a synchronous standby to have it.
  static func cancelledWait(_ subject: String) -> StorageError {
    StorageError(
      .unavailable, operation: "committing", subject: subject,
      reason: "the server's wait for its synchronous standby was cancelled")
  }
}

extension PostgreSQLFailure {
  /// Whether the body can succeed when it is run again.
  fileprivate var isPassing: Bool {
    // It was silent for longer, or took longer, than the server permits, and would again.
    if ["25P03", "25P04"].contains(sqlState) { return false }
    return isRepeatable || kind == .connectionLost || isRowMissing || isLockNotFree
  }

  /// Whether an administrator has cancelled the statement.
  fileprivate var isCancelled: Bool { sqlState == "57014" }

  /// Whether a lock was not free within the usual time.
  private var isLockNotFree: Bool { sqlState == "55P03" }

  /// Whether a row that was read under a lock was not there any more when it was saved.
  private var isRowMissing: Bool { sqlState == "22012" }
}

/// The keys of the locks of one store.
struct StoreKeys: Sendable {
  /// The first part of the marks of transactions that take positions of the feed; has 32 bits.
  let marks: Int64
  /// What the keys of trees and actions are combined with.
  let salt: Int64
  let writers: Int64
  let actions: Int64
  let positions: Int64
  let counts: Int64

  init(schema name: String) {
    salt = LockKey.salt(of: name)
    marks = Int64(Int32(truncatingIfNeeded: salt))
    writers = LockKey.writers.salted(salt)
    actions = LockKey.actions.salted(salt)
    positions = LockKey.positions.salted(salt)
    counts = LockKey.counts.salted(salt)
  }
}
