public import PlanStorage

/// An open SQLite store: what was acknowledged is there after the process ends.
///
/// Safe to use from any thread; calls may block. Ends with `close()`, or when it is let go of.
///
/// When its file, its directory or the log beside it was moved, replaced or deleted, it is over:
/// from the moment at which that is seen, every call throws `moved`, what waits in its queue
/// included, also when the file comes back. Opening again opens what is there then. The same holds,
/// with `schemaTooNew`, once a newer version of this software in another process has changed the
/// schema. `SQLiteOptions.Durability` says what can be acknowledged before it is seen.
public final class SQLiteStore: UnitOfWorkSubmitting, ReadMeasuring {
  /// What can be relied on.
  public let traits: StorageTraits
  /// One for all who have this database open in this process.
  public let notifier: CommitNotifier
  let engine: SQLiteEngine
  private let lease: EngineLease<SharedEngine>
  private let gate = ShutdownGate()

  init(_ lease: EngineLease<SharedEngine>) {
    self.lease = lease
    engine = lease.engine.engine
    notifier = engine.notifier
    let isFile = engine.identity.path != nil
    traits = StorageTraits(
      latency: .blocking, isDurable: isFile,
      isSharedBetweenProcesses: isFile && !engine.options.exclusive)
  }

  /// Runs the body on one consistent snapshot, on the calling thread unless the store is in memory
  /// or exclusive.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try enter("reading")
    defer { gate.leave() }
    try engine.read(body)
  }

  /// Runs the body as `read` does, and counts the steps of SQLite's virtual machine: a statement
  /// takes a few for each row that it comes across.
  public func measuringReads(
    _ body: @Sendable (any ReadSession) throws -> Void
  ) throws -> Int {
    try enter("reading")
    defer { gate.leave() }
    return try engine.measuringReads(body)
  }

  /// Runs the body as one unit of work, perhaps on the thread of another caller, together with
  /// whose it is committed.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try enter("writing")
    defer { gate.leave() }
    try engine.write(body)
  }

  /// Queues the body as one unit of work; hundreds that wait share one commit and no thread.
  public func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork {
    do { try enter("writing") } catch {
      completion(.failure(error))
      return SubmittedUnitOfWork {}
    }
    return engine.submit(body) { [gate] result in
      gate.leave()
      completion(result)
    }
  }

  /// Lets go of the store, after its bodies under way and queued have ended; the last one to do so
  /// closes the database.
  ///
  /// Throws `nestedUnitOfWork` inside of a body of this store, which could not end then.
  public func close() throws(StorageError) {
    try ReentrancyGuard.check(engine, operation: "closing", subject: engine.identity.subject)
    gate.close()
    // What a parent process has under way does not end in its child.
    if engine.isOfThisProcess { gate.waitUntilEmpty() }
    lease.release()
  }

  /// Lets go of the store without waiting, as a registry does that has nobody to hand it to.
  func release() {
    gate.close()
    lease.release()
  }

  /// Runs the body with the writer's connection for itself, between transactions.
  func alone<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try using(operation) { try engine.alone(operation, body) }
  }

  /// Runs something that is no unit of work, as maintenance is.
  func using<R>(_ operation: String, _ body: () throws -> R) throws -> R {
    try enter(operation)
    defer { gate.leave() }
    return try body()
  }

  private func enter(_ operation: String) throws(StorageError) {
    guard gate.enter() else {
      throw StorageError(.closed, operation: operation, subject: engine.identity.subject)
    }
  }
}
