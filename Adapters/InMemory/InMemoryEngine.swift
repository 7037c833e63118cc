public import PlanStorage
import Synchronization

/// What an in-memory store keeps, behind its lock.
public final class MemoryStore: Sendable {
  let tables = ReadWriteLocked(MemoryTables())
  let announcer = Announcer()

  /// An empty store.
  public init() {}
}

/// An open in-memory store: as complete as any other, but gone with the process.
///
/// Reads share the store, a unit of work has it alone; neither starves the other. Safe to use
/// from any thread.
public final class InMemoryEngine: StorageEngine {
  /// Nothing waits and nothing lasts.
  public let traits = StorageTraits(
    latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  /// One for all who opened the store by its name.
  public let announcer: Announcer
  private let lease: EngineLease<MemoryStore>
  private let isClosed = Atomic(false)

  init(_ lease: EngineLease<MemoryStore>) {
    self.lease = lease
    announcer = lease.engine.announcer
  }

  /// Runs the body on one consistent snapshot, with other readers.
  public func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R {
    try openTables("reading").read { tables in
      try body(MemorySession(tables, isWritable: false))
    }
  }

  /// Runs the body as one unit of work, alone; takes all of it back when the body throws.
  public func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R {
    try openTables("writing").write { tables in
      do {
        let result = try body(MemorySession(tables, isWritable: true))
        tables.commit()
        return result
      } catch {
        tables.rollBack()
        throw error
      }
    }
  }

  /// Lets go of the store; the last one to do so ends it.
  public func close() {
    isClosed.store(true, ordering: .relaxed)
    lease.release()
  }

  private func openTables(
    _ operation: String
  ) throws(StorageError) -> ReadWriteLocked<MemoryTables> {
    guard !isClosed.load(ordering: .relaxed) else {
      throw StorageError(.closed, operation: operation, subject: "an in-memory store")
    }
    return lease.engine.tables
  }
}
