public import PlanStorage
import Synchronization

/// What an in-memory store keeps, behind its lock.
public final class InMemoryStore: Sendable {
  let tables: ReadWriteLocked<InMemoryTables>
  let notifier = CommitNotifier()

  /// An empty store, for whose lock threads may spin or not.
  ///
  /// A thread that spins waits for up to 20 microseconds before it sleeps. None spins on a system
  /// with one processor, nor on iOS; elsewhere, pass false for a program that often runs on a
  /// battery.
  public init(allowsSpinning: Bool = true) {
    tables = ReadWriteLocked(InMemoryTables(), spins: allowsSpinning && Spinning.isUseful)
  }
}

/// An open in-memory store: as complete as any other, but gone with the process.
///
/// Reads share the store, a unit of work has it alone; neither starves the other. Safe to use
/// from any thread.
public final class InMemoryEngine: ReadMeasuring {
  /// Nothing waits and nothing lasts.
  public let traits = StorageTraits(
    latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  /// One for all who opened the store by its name.
  public let notifier: CommitNotifier
  private let lease: EngineLease<InMemoryStore>
  // Of the leased store, kept at hand: every hop to it costs a count that all threads share.
  private let tables: ReadWriteLocked<InMemoryTables>
  private let isClosed = Atomic(false)

  /// Opens this store; a new one when none is given.
  public convenience init(_ store: InMemoryStore = InMemoryStore()) {
    self.init(EngineLease(owning: store))
  }

  init(_ lease: EngineLease<InMemoryStore>) {
    self.lease = lease
    tables = lease.engine.tables
    notifier = lease.engine.notifier
  }

  /// Runs the body on one consistent snapshot, with other readers.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try tables.read { tables in
      try checkOpen("reading")
      try body(InMemorySession(tables, isWritable: false))
    }
  }

  /// Runs the body as `read` does, and counts the entries of lists that are visited for it.
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

  /// Runs the body as one unit of work, alone; takes all of it back when the body throws.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try tables.write { tables in
      try checkOpen("writing")
      do {
        try body(InMemorySession(tables, isWritable: true))
        tables.commit()
      } catch {
        tables.rollBack()
        throw error
      }
    }
  }

  /// Lets go of the store, after the bodies under way have ended; the last one to do so ends it.
  ///
  /// Throws `nestedUnitOfWork` inside of a body of this store, which could not end then.
  public func close() throws(StorageError) {
    if isClosed.exchange(true, ordering: .relaxed) { return }
    // Whoever has the lock alone knows that no body is under way; those that come find it closed.
    do { try tables.write { _ in } } catch {
      isClosed.store(false, ordering: .relaxed)
      throw StorageError(
        .nestedUnitOfWork, operation: "closing", subject: "an in-memory store")
    }
    lease.release()
  }

  private func checkOpen(_ operation: String) throws(StorageError) {
    guard !isClosed.load(ordering: .relaxed) else {
      throw StorageError(.closed, operation: operation, subject: "an in-memory store")
    }
  }
}
