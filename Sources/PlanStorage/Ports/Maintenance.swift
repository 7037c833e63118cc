public import PlanDomain

// Each of these protocols is optional and stands for one `MaintenanceOperation`. A store conforms to
// those that it can keep; `StoreMaintenance` finds them, and answers the rest with `unsupported`.
// Obligations of all: callable from any thread while units of work run, `nestedUnitOfWork` inside a
// unit of work of the same store on the same thread, `closed` after `close`.

/// A store that can copy itself while it is in use.
///
/// Obligations: the copy holds every unit of work that had returned when the call began, whole ones
/// only; units of work go on meanwhile; nothing that exists is overwritten.
public protocol BackupCapable: StorageEngine {
  /// Writes a complete, consistent copy to a new file.
  ///
  /// `progress` is called on the calling thread with the parts done and the parts in all, whose unit
  /// is the store's own. Throws `StorageError`, `invalidLocation` when something exists at the path;
  /// what was written until then is removed.
  func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void) throws
}

/// A store that can look for damage below what sessions show.
///
/// Obligations: changes nothing; writers go on meanwhile.
public protocol IntegrityChecking: StorageEngine {
  /// Looks for damage.
  ///
  /// `quick` skips comparing redundant parts, such as indexes, with each other. Takes as long as
  /// reading the store. Throws `StorageError` only when the check itself is not possible.
  func integrityCheck(quick: Bool) throws -> IntegrityReport
}

/// A store with a write-ahead log that can be copied into its main file on demand.
///
/// Obligations: takes nothing away from readers; an error is thrown, not counted as zero pages.
public protocol LogCheckpointing: StorageEngine {
  /// Copies the log into the main file and truncates it, as far as readers allow.
  ///
  /// Throws `StorageError`.
  func checkpoint() throws -> CheckpointReport
}

/// A store that can describe itself.
///
/// Obligations: `info` holds no value of a plan; failures of work that no caller waits for, such as
/// automatic checkpoints, are in it.
public protocol StoreDescribing: StorageEngine {
  /// Where and how the store is kept.
  ///
  /// Throws `StorageError`.
  func info() throws -> StoreInfo
}

/// A store whose schema has versions.
///
/// Obligations: opening brings the schema up to date; each migration runs once, whole or not at all,
/// also when several processes begin it at once; a store with a newer schema is not written to.
public protocol SchemaMigrating: StorageEngine {
  /// Reads the version of the schema without changing anything.
  ///
  /// Throws `StorageError`.
  func schema() throws -> SchemaState

  /// Runs the pending migrations; idempotent. Returns the state after them.
  ///
  /// Throws `StorageError`, `schemaTooNew` for a schema that this software does not support.
  func migrate() throws -> SchemaState
}

extension BackupCapable {
  /// Writes a complete, consistent copy to a new file.
  ///
  /// Throws as `backup(to:progress:)` does.
  public func backup(to path: String) throws { try backup(to: path) { _, _ in } }
}

extension StorageError {
  /// The error for maintenance that a store does not offer.
  package static func unsupported(
    _ operation: MaintenanceOperation, _ location: String, supported: Set<MaintenanceOperation>
  ) -> StorageError {
    let names = supported.map(\.rawValue).sorted().joined(separator: ", ")
    return StorageError(
      .unsupported, operation: operation.gerund, subject: "store \(location)",
      reason: names.isEmpty ? "it supports no maintenance" : "it supports \(names)")
  }
}

extension MaintenanceOperation {
  /// The operation as errors name it.
  fileprivate var gerund: String {
    switch self {
    case .backup: "backing up"
    case .integrityCheck: "checking"
    case .checkpoint: "checkpointing"
    case .info: "describing"
    case .migrate: "migrating"
    }
  }
}
