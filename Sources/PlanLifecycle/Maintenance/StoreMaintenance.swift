public import PlanDomain
package import PlanStorage

/// Work on an open store as a whole: backup, integrity check, checkpoint, description, schema.
///
/// Not every store offers everything: `supported` says what this one does, and anything else throws
/// `StorageError` (`unsupported`). The asynchronous forms never block the cooperative threads, the
/// forms that end in `Blocking` block the calling thread. Safe to use from any thread and any task.
///
///     if system.maintenance.supports(.backup) {
///       try await system.maintenance.backup(to: "plans-copy.db")
///     }
public struct StoreMaintenance: Sendable {
  private let engine: any StorageEngine
  private let location: String
  private let blockingExecutor = BlockingExecutor()

  /// Maintains this store; errors name it by its location.
  package init(engine: any StorageEngine, location: String) {
    self.engine = engine
    self.location = location
  }

  /// What this store offers.
  public var supported: Set<MaintenanceOperation> {
    Set(MaintenanceOperation.allCases.filter(supports))
  }

  /// Whether this store offers the operation.
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
  /// Units of work committed after the call began may be missing from the copy. `progress` is called
  /// on another thread with the parts done and the parts in all. Throws `StorageError`:
  /// `invalidLocation` when something exists at the path, `unsupported`, and others when the copy
  /// fails, of which nothing is left then.
  public func backup(
    to path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws {
    try await run { try $0.backupBlocking(to: path, progress: progress) }
  }

  /// Writes a copy as `backup(to:progress:)` does, on the calling thread; throws the same errors.
  public func backupBlocking(
    to path: String,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    try find(engine as? any BackupCapable, .backup).backup(to: path, progress: progress)
  }

  /// Looks for damage below what reads show; `quick` skips comparing indexes with their tables.
  ///
  /// Takes as long as reading the whole store; units of work go on meanwhile. Throws `StorageError`
  /// when the check itself is not possible, `unsupported` among others.
  public func integrityCheck(quick: Bool = false) async throws -> IntegrityReport {
    try await run { try $0.integrityCheckBlocking(quick: quick) }
  }

  /// Looks for damage as `integrityCheck` does, on the calling thread; throws the same errors.
  public func integrityCheckBlocking(quick: Bool = false) throws -> IntegrityReport {
    try find(engine as? any IntegrityChecking, .integrityCheck).integrityCheck(quick: quick)
  }

  /// Copies the write-ahead log into the main file and truncates it, as far as readers allow.
  ///
  /// Stores do so by themselves from time to time; what failed then is in `info()`. Throws
  /// `StorageError`, `unsupported` among others.
  public func checkpoint() async throws -> CheckpointReport {
    try await run { try $0.checkpointBlocking() }
  }

  /// Copies the log as `checkpoint` does, on the calling thread; throws the same errors.
  public func checkpointBlocking() throws -> CheckpointReport {
    try find(engine as? any LogCheckpointing, .checkpoint).checkpoint()
  }

  /// Describes where and how the store is kept, with warnings and failed checkpoints.
  ///
  /// Throws `StorageError`, `unsupported` among others.
  public func info() async throws -> StoreInfo { try await run { try $0.infoBlocking() } }

  /// Describes the store as `info` does, on the calling thread; throws the same errors.
  public func infoBlocking() throws -> StoreInfo {
    try find(engine as? any StoreDescribing, .info).info()
  }

  /// Reads the version of the schema; `PlanSystem.schema(of:)` reads it without opening a store.
  ///
  /// Throws `StorageError`, `unsupported` among others.
  public func schema() async throws -> SchemaState { try await run { try $0.schemaBlocking() } }

  /// Reads the version as `schema` does, on the calling thread; throws the same errors.
  public func schemaBlocking() throws -> SchemaState {
    try find(engine as? any SchemaMigrating, .migrate).schema()
  }

  /// Runs the pending migrations and returns the state after them; idempotent.
  ///
  /// Opening has run them already: this finds something to do only if the schema was changed behind
  /// the store. Throws `StorageError`, `unsupported` and `schemaTooNew` among others.
  public func migrate() async throws -> SchemaState { try await run { try $0.migrateBlocking() } }

  /// Migrates as `migrate` does, on the calling thread; throws the same errors.
  public func migrateBlocking() throws -> SchemaState {
    try find(engine as? any SchemaMigrating, .migrate).migrate()
  }

  private func run<R: Sendable>(
    _ call: @escaping @Sendable (StoreMaintenance) throws -> R
  ) async throws -> R {
    try await blockingExecutor.run { [self] in try call(self) }
  }

  private func find<Capability>(
    _ capability: Capability?, _ operation: MaintenanceOperation
  ) throws(StorageError) -> Capability {
    guard let capability else {
      throw .unsupported(operation, location, supported: supported)
    }
    return capability
  }
}
