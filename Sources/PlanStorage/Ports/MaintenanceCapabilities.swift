public import PlanDomain

// Each of these protocols is optional and represents one `MaintenanceOperation`. A store conforms
// to those whose obligations it can meet; `StoreMaintenance` throws `unsupported` for the others.
// Obligations of all: callable from any thread while units of work run; `nestedUnitOfWork` inside a
// unit of work of the same store on the same thread; `closed` after `close`.

/// A store that can copy itself while it is in use.
///
/// Obligations: the copy contains every unit of work that returned before the call began, and only
/// whole ones; units of work continue during the copy; nothing that exists is overwritten or
/// removed; a process that is killed leaves no incomplete copy at the path. Callable from any
/// thread; blocks it.
public protocol BackupCapable: StorageEngine {
  /// Writes a complete, consistent copy to a new file.
  ///
  /// Calls `progress` with the number of parts copied and the total; the store defines the unit. An
  /// error that `progress` throws ends the backup. A call of the store or of `close` inside
  /// `progress` throws ``Planwright/StorageError/Code/nestedUnitOfWork``. Blocks the calling
  /// thread. Removes an incomplete copy before it throws.
  ///
  /// - Throws: What `progress` throws; ``Planwright/StorageError/Code/invalidLocation`` if
  ///   something exists at the path; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store; other
  ///   errors of ``Planwright/StorageError`` if the copy fails.
  func backup(
    to path: String, progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws
}

/// A store that can check itself for damage that reads do not detect.
///
/// Obligations: changes nothing; writers continue during the check. Callable from any thread;
/// blocks it.
public protocol IntegrityChecking: StorageEngine {
  /// Checks the store for damage.
  ///
  /// `quick` does not compare redundant parts, such as indexes, with each other. Takes as long as
  /// reading the whole store. Damage is reported and not thrown.
  ///
  /// - Throws: ``Planwright/StorageError`` only if the check itself is not possible:
  ///   ``Planwright/StorageError/Code/closed`` after `close`,
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store, and
  ///   others.
  func integrityCheck(quick: Bool) throws -> IntegrityReport
}

/// A store with a write-ahead log that can be copied into its main file on demand.
///
/// Obligations: running reads keep their snapshot; an error is thrown, not reported as zero pages.
/// Callable from any thread; blocks it.
public protocol LogCheckpointing: StorageEngine {
  /// Copies the log into the main file and truncates it, as far as readers allow.
  ///
  /// - Throws: ``Planwright/StorageError`` if nothing can be copied:
  ///   ``Planwright/StorageError/Code/closed`` after `close`,
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store, and
  ///   others. Readers that keep a part of the log are no error.
  func checkpoint() throws -> CheckpointReport
}

/// A store that can describe itself.
///
/// Obligations: `info` contains no value of a plan; it reports failures of background work, such as
/// automatic checkpoints. Callable from any thread; blocks it.
public protocol StoreDescribing: StorageEngine {
  /// Returns where and how the store is kept.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store; other
  ///   errors of ``Planwright/StorageError`` if the store fails.
  func info() throws -> StoreInfo
}

/// A store whose schema has versions.
///
/// Obligations: opening runs the pending migrations; each migration runs once, completely or not at
/// all, also when several processes start it at the same time; a store with a newer schema is not
/// written to. Callable from any thread; blocks it.
public protocol SchemaMigrating: StorageEngine {
  /// Returns the version of the schema; changes nothing.
  ///
  /// - Throws: ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store; other
  ///   errors of ``Planwright/StorageError`` if the store fails.
  func schema() throws -> SchemaState

  /// Runs the pending migrations and returns the state after them. Idempotent.
  ///
  /// - Throws: ``Planwright/StorageError/Code/schemaTooNew`` for a schema that this software does
  ///   not support; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store; other
  ///   errors of ``Planwright/StorageError`` if a migration fails, which is then rolled back.
  func migrate() throws -> SchemaState
}

extension BackupCapable {
  /// Writes a complete, consistent copy to a new file, without reporting progress.
  ///
  /// - Throws: ``Planwright/StorageError`` as ``backup(to:progress:)`` does.
  public func backup(to path: String) throws { try backup(to: path) { _, _ in } }
}

extension StorageError {
  /// The error for a maintenance operation that a store does not support.
  ///
  /// `call` is what was asked for, as in "backing up"; nil where the operation has one call.
  package static func unsupported(
    _ operation: MaintenanceOperation, _ call: String? = nil, _ location: String,
    supported: Set<MaintenanceOperation>
  ) -> StorageError {
    let names = supported.map(\.rawValue).sorted().joined(separator: ", ")
    return StorageError(
      .unsupported, operation: call ?? operation.gerund,
      subject: "store \(LocationText.redacted(location))",
      reason: names.isEmpty ? "it supports no maintenance" : "it supports \(names)")
  }
}

extension MaintenanceOperation {
  /// The operation as it appears in error messages.
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
