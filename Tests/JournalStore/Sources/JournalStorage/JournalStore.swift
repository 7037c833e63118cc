import InMemoryStorage
public import PlanStorage

/// A store that keeps everything in memory, and one line in a file for each unit of work.
///
/// Opening it replays the lines, which takes the longer the more there are. Safe to use from any
/// thread. Closing an engine leaves the file open for the other engines of the same file.
public final class JournalStore: StorageEngine {
  /// Calls wait for the disk; what they acknowledge survives a crash; one process has the file open.
  public let traits = StorageTraits(
    latency: .blocking, isDurable: true, isSharedBetweenProcesses: false)
  /// The notifier that all engines of the same file share.
  public var notifier: CommitNotifier { memory.notifier }
  private let memory: any StorageEngine
  private let lease: EngineLease<Journal>

  /// An engine for the journal of this lease.
  init(_ lease: EngineLease<Journal>) {
    self.lease = lease
    memory = InMemoryStore(lease.engine.memory)
  }

  /// Reads from the store in memory.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try memory.read(body)
  }

  /// Runs the body in memory and writes its line before the unit of work in memory is committed.
  ///
  /// When the line cannot be written, the unit of work throws and is rolled back in memory too. When
  /// the process ends in between, the line counts: opening the store replays it.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try memory.write { [lease] work in
      let recorder = RecordingUnitOfWork(work)
      try body(recorder)
      try lease.engine.append(recorder.entries)
    }
  }

  /// Closes this engine, and with the last engine of the file the file.
  ///
  /// Idempotent.
  public func close() throws(StorageError) {
    try memory.close()
    lease.release()
  }
}
