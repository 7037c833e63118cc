import InMemoryStorage
public import PlanStorage

/// A store that keeps everything in memory, and every unit of work as a line of a file.
///
/// Opening it reads the lines; what grows with them is the time that this takes.
public final class JournalStore: StorageEngine {
  /// Waits for the disk, outlives the process, and belongs to one process at a time.
  public let traits = StorageTraits(
    latency: .blocking, isDurable: true, isSharedBetweenProcesses: false)
  /// One for all who have the file open.
  public var notifier: CommitNotifier { memory.notifier }
  private let memory: any StorageEngine
  private let lease: EngineLease<Journal>

  init(_ lease: EngineLease<Journal>) {
    self.lease = lease
    memory = InMemoryEngine(lease.engine.memory)
  }

  /// Reads what is in memory.
  public func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try memory.read(body)
  }

  /// Writes the line before the unit of work in memory ends: when that fails, both are taken back.
  public func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    try memory.write { [lease] work in
      let recorder = Recorder(work)
      try body(recorder)
      try lease.engine.append(recorder.entries)
    }
  }

  /// Lets go of the file; the last one to do so closes it.
  public func close() throws(StorageError) {
    try memory.close()
    lease.release()
  }
}

/// A unit of work in memory that remembers what was written.
private final class Recorder: UnitOfWorkDecorator {
  let inner: any UnitOfWork
  private(set) var entries: [Entry] = []

  init(_ inner: any UnitOfWork) { self.inner = inner }

  func insert(_ plan: Plan) throws(StorageError) {
    try inner.insert(plan)
    entries.append(.insertPlan(plan))
  }

  func save(_ plan: Plan, replacing before: Plan) throws(StorageError) {
    try inner.save(plan, replacing: before)
    entries.append(.savePlan(plan.id, plan.progress))
  }

  func removeTree(_ root: Plan.ID) throws(StorageError) -> Int {
    let count = try inner.removeTree(root)
    entries.append(.removeTree(root))
    return count
  }

  func insert(_ action: Action) throws(StorageError) {
    try inner.insert(action)
    entries.append(.insertAction(action))
  }

  func save(_ action: Action, replacing version: Int) throws(StorageError) {
    try inner.save(action, replacing: version)
    entries.append(.saveAction(action))
  }

  func append(_ event: PlanEvent) throws(StorageError) {
    try inner.append(event)
    entries.append(.append(event))
  }
}

extension StorageBackend {
  /// The store whose lines are in the file at this path, which is made when it is not there.
  public static func journal(at path: String) -> StorageBackend {
    StorageBackend("journal:\(path)") {
      let path = try Journal.canonical(path)
      return JournalStore(
        try journals.lease(path, open: { try Journal(path) }, close: { $0.close() }))
    }
  }
}

/// One journal for each file in the process, however many threads ask at once.
private let journals = EngineRegistry<String, Journal>()
