public import PlanDomain
public import PlanStorage
import Synchronization

/// The contents of an in-memory store, behind a lock; safe to use from any thread.
public final class InMemoryEngine: Sendable {
  let tables: ReadWriteLocked<InMemoryTables>
  let notifier = CommitNotifier()
  let suspension = Suspension()
  /// How often running units of work were given up because the store was suspended.
  let revocations = Atomic(0)

  /// Creates an empty store.
  ///
  /// With `allowsSpinning`, a thread that waits for the lock spins for up to 20 microseconds before
  /// it sleeps. No thread spins on a system with one processor or on iOS; elsewhere, pass false for
  /// a program that often runs on a battery.
  public init(allowsSpinning: Bool = true) {
    tables = ReadWriteLocked(InMemoryTables(), spins: allowsSpinning && Spinning.isUseful)
  }
}

/// An open in-memory store; it supports all operations and ends with the process.
///
/// Reads run concurrently; a unit of work runs alone; neither starves the other. Safe to use from
/// any thread.
public final class InMemoryStore: ReadMeasuring, Suspendable {
  /// Calls do not wait for a device, and nothing outlives the process.
  public let traits = StorageTraits(
    latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  /// Shared by all engines of the store of one name.
  public let notifier: CommitNotifier
  /// Shared by all engines of the store of one name.
  public let suspension: Suspension
  private let lease: EngineLease<InMemoryEngine>
  // A copy of the leased store's property: access through the lease would retain objects, and their
  // reference counts are shared by all threads.
  private let tables: ReadWriteLocked<InMemoryTables>
  private let engine: InMemoryEngine
  private let isClosed = Atomic(false)

  /// Opens this store, by default a new one.
  public convenience init(_ store: InMemoryEngine = InMemoryEngine()) {
    self.init(EngineLease(owning: store))
  }

  init(_ lease: EngineLease<InMemoryEngine>) {
    self.lease = lease
    engine = lease.engine
    suspension = lease.engine.suspension
    tables = lease.engine.tables
    notifier = lease.engine.notifier
  }

  /// Runs the body on one consistent snapshot, on the calling thread, concurrently with other
  /// reads.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a
  ///   unit of work or a read of this store; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try tables.read { tables in
      try checkOpen("reading")
      try body(InMemorySession(tables, isWritable: false))
    }
  }

  /// Runs the body like `read` and returns the number of list entries that it visited.
  ///
  /// - Throws: What the body throws, and ``Planwright/StorageError`` as ``read(_:)`` does.
  public func measuringReads(
    _ body: @Sendable (any ReadSession) throws -> Void
  ) throws -> Int {
    let meter = VisitMeter()
    try tables.read { tables in
      try checkOpen("reading")
      try body(InMemorySession(tables, isWritable: false, meter: meter))
    }
    return meter.visits
  }

  /// Runs the body alone, as one unit of work; rolls it back when the body throws.
  ///
  /// Blocks the calling thread while another unit of work or a read runs.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a
  ///   unit of work or a read of this store; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended, and if it was
  ///   suspended while the body ran for too long.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try tables.write { tables in
      try checkOpen("writing")
      let revocations = engine.revocations.load(ordering: .relaxed)
      do {
        try body(InMemorySession(tables, isWritable: true))
        if engine.revocations.load(ordering: .relaxed) != revocations {
          throw Self.suspended("writing")
        }
        tables.commit()
      } catch {
        tables.rollBack()
        throw error
      }
    }
  }

  /// Closes the engine once running bodies have finished; the store ends with its last engine.
  ///
  /// Idempotent. Blocks the calling thread until then.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store,
  ///   because it would wait for itself.
  public func close() throws(StorageError) {
    if isClosed.exchange(true, ordering: .relaxed) { return }
    // The exclusive lock waits for running bodies; later ones throw `closed`.
    do { try tables.write { _ in } } catch {
      isClosed.store(false, ordering: .relaxed)
      throw StorageError(
        .nestedUnitOfWork, operation: "closing", subject: "an in-memory store")
    }
    lease.release()
  }

  /// Refuses new calls and waits for running ones; units of work that take longer are rolled back.
  ///
  /// There is nothing to give back: the contents stay in memory.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/closed`` after `close`.
  public func suspend(_ calls: SuspendedCalls, within limit: Duration) throws {
    try tables.checkOutside("suspending")
    try checkNotClosed("suspending")
    suspension.begin(calls)
    // A running body has the lock; each later one finds the store suspended.
    let isFree = Latch<Void>()
    let wait: @Sendable () -> Void = { [tables] in
      try? tables.write { _ in }
      isFree.open(with: ())
    }
    if !DetachedThread.start(wait) { wait() }
    if isFree.wait(atMost: limit) == nil {
      engine.revocations.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// Takes calls again.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of this store;
  ///   ``Planwright/StorageError/Code/closed`` after `close`.
  public func resume() throws {
    try tables.checkOutside("resuming")
    try checkNotClosed("resuming")
    suspension.end()
  }

  private func checkOpen(_ operation: String) throws(StorageError) {
    try checkNotClosed(operation)
    if suspension.isSuspended { throw Self.suspended(operation) }
  }

  private func checkNotClosed(_ operation: String) throws(StorageError) {
    guard !isClosed.load(ordering: .relaxed) else {
      throw StorageError(.closed, operation: operation, subject: "an in-memory store")
    }
  }

  private static func suspended(_ operation: String) -> StorageError {
    StorageError(.suspended, operation: operation, subject: "an in-memory store")
  }
}
