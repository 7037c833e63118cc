public import PlanDomain
package import PlanStorage
import Synchronization

/// Maintenance of an open store: backup, integrity check, checkpoint, description and schema.
///
/// ``supported`` lists the operations of this store; any other one throws
/// ``StorageError/Code/unsupported``. The asynchronous methods do not block the cooperative
/// threads; the methods that end in `Blocking` block the calling thread. Safe to use from any
/// thread and any task, while units of work run. While the store is suspended all of them throw
/// ``StorageError/Code/suspended``.
///
/// ```swift
/// if system.maintenance.supports(.backup) {
///   try await system.maintenance.backup(to: "plans-copy.db")
/// }
/// ```
public struct StoreMaintenance: Sendable {
  let engine: any StorageEngine
  let location: String
  let environment: PlanEnvironment
  private let blockingExecutor = BlockingExecutor()

  /// Creates maintenance for a store; errors contain its location.
  package init(engine: any StorageEngine, location: String, environment: PlanEnvironment) {
    self.engine = engine
    self.location = location
    self.environment = environment
  }

  /// The operations that this store supports.
  public var supported: Set<MaintenanceOperation> {
    Set(MaintenanceOperation.allCases.filter(supports))
  }

  /// Whether this store supports the operation.
  public func supports(_ operation: MaintenanceOperation) -> Bool {
    switch operation {
    case .backup: engine is any BackupCapable
    case .integrityCheck: engine is any IntegrityChecking
    case .checkpoint: engine is any LogCheckpointing
    case .info: engine is any StoreDescribing
    case .migrate: engine is any SchemaMigrating
    }
  }

  /// Writes a complete, consistent copy of the store to a new file while the store is in use.
  ///
  /// The copy may lack units of work that are committed after the call began. `progress` is called
  /// on another thread with the number of parts done and in total; inside it, calls of this store
  /// throw ``StorageError/Code/nestedUnitOfWork``. No incomplete copy is left at the path.
  /// `PlanSystem.restore` puts a copy in the place of a store.
  ///
  /// ```swift
  /// try await system.maintenance.backup(to: "plans-copy.db") { done, all in
  ///   print(done, "of", all, "pages")
  /// }
  /// ```
  ///
  /// - Throws: ``StorageError/Code/invalidLocation`` if something exists at the path;
  ///   ``StorageError/Code/unsupported`` for a store without backups; `CancellationError` soon
  ///   after the task is cancelled; other errors of ``StorageError`` if the copy fails.
  public func backup(
    to path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws {
    let cancellation = Cancellation()
    try await withTaskCancellationHandler {
      try await run { maintenance in
        try cancellation.check()
        try maintenance.copy(to: path) { done, all in
          progress(done, all)
          try cancellation.check()
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Writes a copy as ``backup(to:progress:)`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/invalidLocation`` if something exists at the path;
  ///   ``StorageError/Code/unsupported`` for a store without backups; other errors of
  ///   ``StorageError`` if the copy fails.
  public func backupBlocking(
    to path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    try copy(to: path, progress)
  }

  private func copy(
    to path: String, _ progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    try find(engine as? any BackupCapable, .backup).backup(to: path, progress: progress)
  }

  /// Checks the store for damage that reads do not detect.
  ///
  /// `quick` omits the comparison of indexes with their tables. Takes as long as reading the whole
  /// store; units of work can run at the same time. Damage is no error but in the report.
  /// ``verify(progress:)`` also checks that the plans agree with each other.
  ///
  /// ```swift
  /// let report = try await system.maintenance.integrityCheck()
  /// if !report.isSound { print(report.problems) }
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store without such a check; other errors of
  ///   ``StorageError`` if it cannot run.
  public func integrityCheck(quick: Bool = false) async throws -> IntegrityReport {
    try await run { try $0.integrityCheckBlocking(quick: quick) }
  }

  /// Checks the store as ``integrityCheck(quick:)`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store without such a check; other errors of
  ///   ``StorageError`` if it cannot run.
  public func integrityCheckBlocking(quick: Bool = false) throws -> IntegrityReport {
    try find(engine as? any IntegrityChecking, .integrityCheck).integrityCheck(quick: quick)
  }

  /// Copies the write-ahead log into the main file and truncates it, as far as readers allow.
  ///
  /// Stores also do this automatically; ``info()`` contains the failures.
  ///
  /// ```swift
  /// let report = try await system.maintenance.checkpoint()
  /// print(report.copiedPages, "of", report.logPages, "pages")
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store without a log; other errors of
  ///   ``StorageError`` if the log cannot be copied.
  public func checkpoint() async throws -> CheckpointReport {
    try await run { try $0.checkpointBlocking() }
  }

  /// Copies the log as ``checkpoint()`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store without a log; other errors of
  ///   ``StorageError`` if the log cannot be copied.
  public func checkpointBlocking() throws -> CheckpointReport {
    try find(engine as? any LogCheckpointing, .checkpoint).checkpoint()
  }

  /// Describes the location and the state of the store, with warnings and failed checkpoints.
  ///
  /// ```swift
  /// for warning in try await system.maintenance.info().warnings { print("warning:", warning) }
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store that describes nothing; other errors
  ///   of ``StorageError`` if it fails.
  public func info() async throws -> StoreInfo { try await run { try $0.infoBlocking() } }

  /// Describes the store as ``info()`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store that describes nothing; other errors
  ///   of ``StorageError`` if it fails.
  public func infoBlocking() throws -> StoreInfo {
    try find(engine as? any StoreDescribing, .info).info()
  }

  /// Reads the version of the schema; `PlanSystem.schema(of:)` reads it without opening a store.
  ///
  /// ```swift
  /// print(try await system.maintenance.schema().current)
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store whose schema has no versions; other
  ///   errors of ``StorageError`` if it fails.
  public func schema() async throws -> SchemaState { try await run { try $0.schemaBlocking() } }

  /// Reads the version as ``schema()`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store whose schema has no versions; other
  ///   errors of ``StorageError`` if it fails.
  public func schemaBlocking() throws -> SchemaState {
    try find(engine as? any SchemaMigrating, .migrate, "reading the schema of").schema()
  }

  /// Runs the pending migrations and returns the state after them.
  ///
  /// Idempotent. Opening a store runs them as well, so migrations are pending only if the schema
  /// was changed outside the open store.
  ///
  /// ```swift
  /// let schema = try await system.maintenance.migrate()
  /// ```
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store whose schema has no versions;
  ///   ``StorageError/Code/schemaTooNew`` for a schema that this software does not support; other
  ///   errors of ``StorageError`` if it fails.
  public func migrate() async throws -> SchemaState { try await run { try $0.migrateBlocking() } }

  /// Migrates as ``migrate()`` does, and blocks the calling thread.
  ///
  /// - Throws: ``StorageError/Code/unsupported`` for a store whose schema has no versions;
  ///   ``StorageError/Code/schemaTooNew`` for a schema that this software does not support; other
  ///   errors of ``StorageError`` if it fails.
  public func migrateBlocking() throws -> SchemaState {
    try find(engine as? any SchemaMigrating, .migrate).migrate()
  }

  func run<R: Sendable>(
    _ call: @escaping @Sendable (StoreMaintenance) throws -> R
  ) async throws -> R {
    try await blockingExecutor.run { [self] in try call(self) }
  }

  private func find<Capability>(
    _ capability: Capability?, _ operation: MaintenanceOperation, _ call: String? = nil
  ) throws(StorageError) -> Capability {
    guard let capability else {
      throw .unsupported(operation, call, location, supported: supported)
    }
    return capability
  }
}

/// Tells a blocking call that the task that waits for it was cancelled.
final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func check() throws(CancellationError) {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }
}
