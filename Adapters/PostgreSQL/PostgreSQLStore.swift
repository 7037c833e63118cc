public import PlanDomain
public import PlanStorage

/// An open store in a schema of a PostgreSQL database, which hosts on many machines share.
///
/// Safe to use from any thread; calls may block. Ends with `close()`, or when its last reference is
/// released. A body may run again after its transaction was rolled back: because of a deadlock or a
/// lost connection, or because it needs more locks.
public final class PostgreSQLStore: UnitOfWorkSubmitting, WriteSignalling, ActivityReporting {
  /// The properties that callers can rely on.
  public let traits = StorageTraits(
    latency: .blocking, isDurable: true, isSharedBetweenProcesses: true)
  /// Shared by all stores that have this schema open in this process.
  public let notifier: CommitNotifier
  /// Shared by all stores that have this schema open in this process.
  public var observers: ActivityObservers { engine.observers }
  let engine: PostgreSQLEngine
  private let lease: EngineLease<PostgreSQLEngine>
  private let gate = ShutdownGate()

  init(_ lease: EngineLease<PostgreSQLEngine>) {
    self.lease = lease
    engine = lease.engine
    notifier = engine.notifier
  }

  /// Runs the body on one consistent snapshot, on the calling thread.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a
  ///   body of this store on the same thread; ``Planwright/StorageError/Code/closed`` after
  ///   `close`; ``Planwright/StorageError/Code/unavailable`` if the server cannot be reached;
  ///   ``Planwright/StorageError/Code/busy`` if no connection was free for 30 seconds; other errors
  ///   of ``Planwright/StorageError`` that the server reports.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try enter("reading")
    defer { gate.leave() }
    try engine.read(body)
  }

  /// Runs the body as one unit of work, on the calling thread.
  ///
  /// - Throws: What the body throws, after which nothing was changed;
  ///   ``Planwright/StorageError/Code/outcomeUnknown`` if the connection was lost during the commit
  ///   and the server could not be asked what became of it; otherwise ``Planwright/StorageError`` as
  ///   ``read(_:)`` does.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try enter("writing")
    defer { gate.leave() }
    try engine.write(body)
  }

  /// Queues the body as one unit of work; does not block, and no thread waits with it.
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

  /// Calls the handler once, after the next commit of any process, or when the store is closed.
  ///
  /// Other processes tell of theirs by `NOTIFY`; a lost connection counts as a commit once it is
  /// there again. Returns false, and never calls it, once the store is closed.
  public func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    guard gate.enter() else { return false }
    defer { gate.leave() }
    return engine.commits.onNextWrite(handler)
  }

  /// Closes the store once its running and queued units of work and reads have finished.
  ///
  /// The last store of a schema closes the connections. Idempotent.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store or a
  ///   handler of its observers, because it would wait for itself.
  public func close() throws(StorageError) {
    try engine.checkNesting("closing")
    gate.close()
    // Bodies that run in the parent process never finish in a forked child.
    if engine.isOfThisProcess { gate.waitUntilEmpty() }
    lease.release()
  }

  /// Runs an operation of maintenance with a connection; throws `closed` after `close`.
  func using<R>(
    _ operation: String, _ body: (PostgreSQLConnection) throws -> R
  ) throws -> R {
    try enter(operation)
    defer { gate.leave() }
    return try engine.using(operation, body)
  }

  private func enter(_ operation: String) throws(StorageError) {
    guard gate.enter() else {
      throw StorageError(.closed, operation: operation, subject: engine.subject)
    }
  }
}
