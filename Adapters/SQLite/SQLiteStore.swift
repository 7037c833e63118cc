public import PlanDomain
public import PlanStorage

/// An open SQLite store; acknowledged units of work survive the end of the process if it has a
/// file.
///
/// Safe to use from any thread; calls may block. Ends with `close()`, or when its last reference is
/// released.
///
/// When its file, its directory or its log was moved, replaced or deleted, the store is terminated:
/// once this is detected, every call throws `moved`, including those in the queue, and this is
/// final, even if the file returns. Opening the store again opens the file that is at the path
/// then. The same holds, with `schemaTooNew`, after a newer version of this software in another
/// process has changed the schema. `SQLiteOptions.Durability` states what can be acknowledged
/// before the detection.
public final class SQLiteStore: UnitOfWorkSubmitting, ReadMeasuring, ActivityReporting,
  Suspendable, WriteSignalling
{
  /// The properties that callers can rely on.
  public let traits: StorageTraits
  /// Shared by all stores that have this database open in this process.
  public let notifier: CommitNotifier
  /// Shared by all stores that have this database open in this process.
  public var suspension: Suspension { engine.suspension }
  /// Shared by all stores that have this database open in this process.
  public var observers: ActivityObservers { engine.observers }
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

  /// Runs the body on one consistent snapshot.
  ///
  /// Uses the calling thread, but possibly another one if the store is in memory or exclusive.
  /// Blocks the calling thread, also until one of the `readers` is free.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a
  ///   body of this store on the same thread; ``Planwright/StorageError/Code/closed`` after
  ///   `close`; ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   ``Planwright/StorageError/Code/moved`` and ``Planwright/StorageError/Code/schemaTooNew``,
  ///   which are final; ``Planwright/StorageError/Code/busy`` and other errors of
  ///   ``Planwright/StorageError`` if the database cannot be read.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try enter("reading")
    defer { gate.leave() }
    try engine.read(body)
  }

  /// Runs the body like `read` and returns the number of steps of SQLite's virtual machine.
  ///
  /// A statement takes a few steps for each row that it examines.
  ///
  /// - Throws: What the body throws, and ``Planwright/StorageError`` as ``read(_:)`` does.
  public func measuringReads(
    _ body: @Sendable (any ReadSession) throws -> Void
  ) throws -> Int {
    try enter("reading")
    defer { gate.leave() }
    return try engine.measuringReads(body)
  }

  /// Runs the body as one unit of work, possibly on the thread of another caller.
  ///
  /// Units of work of several callers may share one commit. Blocks the calling thread until that
  /// commit is as durable as the options say.
  ///
  /// - Throws: What the body throws, after which nothing was changed;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store on the same
  ///   thread; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   ``Planwright/StorageError/Code/moved`` and ``Planwright/StorageError/Code/schemaTooNew``,
  ///   which are final; ``Planwright/StorageError/Code/busy`` if another process keeps the file
  ///   locked for longer than `busyTimeout`; ``Planwright/StorageError/Code/full``,
  ///   ``Planwright/StorageError/Code/inputOutput`` and other errors of ``Planwright/StorageError``
  ///   if the commit fails.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try enter("writing")
    defer { gate.leave() }
    try engine.write(body)
  }

  /// Queues the body as one unit of work; does not block.
  ///
  /// Up to 256 queued units of work share one commit; waiting ones occupy no thread.
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

  /// Calls the handler once, after the next write of any process to the log, or when the log is
  /// removed or the store suspended or closed.
  ///
  /// Returns false, and never calls it, for a store without a file or with an exclusive one, while
  /// the store is suspended, and on systems other than Linux.
  public func onNextWrite(_ handler: @escaping @Sendable () -> Void) -> Bool {
    engine.writes?.onNextWrite(handler) ?? false
  }

  /// Closes all connections to the file, of all stores of this database in this process.
  ///
  /// Running bodies have the time `limit`; then their transactions are rolled back. Within it, the
  /// log is copied and removed; otherwise, and while other processes use the database, it stays
  /// beside the file. A database in memory keeps its connection and its contents. Blocks the
  /// calling thread.
  ///
  /// - Throws: ``Planwright/StorageError/Code/busy`` if a call to the file system does not end in a
  ///   further five seconds; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/moved`` and others if the store could no longer be used
  ///   anyway.
  public func suspend(_ calls: SuspendedCalls, within limit: Duration) throws {
    try using("suspending") { try engine.suspend(calls, within: limit) }
  }

  /// Opens the file again, for all stores of this database in this process.
  ///
  /// - Throws: ``Planwright/StorageError/Code/moved``, also for a file that has become smaller, and
  ///   ``Planwright/StorageError/Code/schemaTooNew``, which are final;
  ///   ``Planwright/StorageError/Code/busy`` if another process keeps the file locked, or a body of
  ///   before the suspension still runs, for longer than `busyTimeout`;
  ///   ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store; and the
  ///   errors of opening, after which the store is still suspended.
  public func resume() throws {
    try using("resuming") { try engine.resume() }
  }

  /// Closes the store once its running and queued units of work and reads have finished.
  ///
  /// The last store of a database closes the database. Idempotent. Blocks the calling thread until
  /// then.
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

  /// Releases the store without waiting; for a registry that does not return it to a caller.
  func release() {
    gate.close()
    lease.release()
  }

  /// Runs the body with exclusive use of the writer's connection, outside of transactions.
  func alone<R: Sendable>(
    _ operation: String, _ body: @Sendable (SQLiteConnection) throws -> R
  ) throws -> R {
    try using(operation) { try engine.alone(operation, body) }
  }

  /// Runs an operation of maintenance; throws `closed` after `close`.
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
