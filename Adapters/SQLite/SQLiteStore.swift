public import PlanStorage
import Synchronization

/// An open SQLite store: what was acknowledged is there after the process ends.
///
/// Safe to use from any thread; calls may block. Ends with `close()`, or when it is let go of.
public final class SQLiteStore: UnitOfWorkSubmitting, BackupCapable {
  /// What can be relied on.
  public let traits: StorageTraits
  /// One for all who have this database open in this process.
  public let announcer: Announcer
  let engine: SQLiteEngine
  private let lease: EngineLease<EngineLease<SQLiteEngine>>
  private let isClosed = Atomic(false)

  init(_ lease: EngineLease<EngineLease<SQLiteEngine>>) {
    self.lease = lease
    engine = lease.engine.engine
    announcer = engine.announcer
    let isFile = engine.place.path != nil
    traits = StorageTraits(
      latency: .blocking, isDurable: isFile,
      isSharedBetweenProcesses: isFile && !engine.options.exclusive)
  }

  /// Runs the body on one consistent snapshot, on the calling thread unless the store is in memory
  /// or exclusive.
  public func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try checkOpen("reading")
    return try engine.read(body)
  }

  /// Runs the body as one unit of work, perhaps on the thread of another caller, together with
  /// whose it is committed.
  public func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    try checkOpen("writing")
    return try engine.write(body)
  }

  /// Queues the body as one unit of work; hundreds that wait share one commit and no thread.
  public func submit<R: Sendable>(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) -> Submission {
    do { try checkOpen("writing") } catch {
      completion(.failure(error))
      return Submission {}
    }
    return engine.submit(body, completion: completion)
  }

  /// Lets go of the store; the last one to do so ends what is queued and closes the database.
  ///
  /// Throws `nestedUnitOfWork` inside of a body of this store, which could not end then.
  public func close() throws(StorageError) {
    if BodyUnderWay.isInside(engine) {
      throw StorageError(
        .nestedUnitOfWork, operation: "closing", subject: engine.place.subject)
    }
    release()
  }

  func release() {
    isClosed.store(true, ordering: .relaxed)
    lease.release()
  }

  func checkOpen(_ operation: String) throws(StorageError) {
    guard !isClosed.load(ordering: .relaxed) else {
      throw StorageError(.closed, operation: operation, subject: engine.place.subject)
    }
  }
}
