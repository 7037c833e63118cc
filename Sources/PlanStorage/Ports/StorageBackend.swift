package import PlanDomain

/// Names a store and holds the closures that open it.
///
/// Authors of stores provide backends as static members, which `BackendFactory` makes; hosts pass
/// one to `PlanSystem.open`. Only `PlanSystem` calls the closures, so a host cannot reach the
/// engine.
public struct StorageBackend: Sendable, CustomStringConvertible, CustomReflectable {
  /// The location that the backend opens, for example `memory:jobs`.
  public let description: String
  let openOrCreate: @Sendable () throws -> any StorageEngine
  let openOnly: @Sendable () throws -> any StorageEngine
  let openForReading: (@Sendable () throws -> any StorageEngine)?
  let inspectSchema: (@Sendable () throws -> SchemaState)?
  let migrateSchema: (@Sendable () throws -> SchemaState)?
  let restoreBackup:
    (
      @Sendable (
        String, Bool, @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
      ) throws -> Void
    )?

  /// A mirror without children, because the closures would lead a host to the engine.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Opens the store; creates it when it does not exist.
  ///
  /// Throws what the closure throws, by convention `StorageError`.
  package func open() throws -> any StorageEngine { try openOrCreate() }

  /// Opens a store that exists; throws `StorageError` (`cannotOpen`) when it does not.
  package func openExisting() throws -> any StorageEngine { try openOnly() }

  /// Returns the version of the store's schema without opening or changing the store.
  ///
  /// Throws `StorageError`: `unsupported` for a store without a versioned schema.
  package func schema() throws -> SchemaState {
    try supported(inspectSchema, "reading the schema of", "it has no schema before it is opened")()
  }

  /// Runs the pending migrations of the store; does not leave the store open.
  ///
  /// Throws `StorageError`: `unsupported` for a store without a versioned schema.
  package func migrate() throws -> SchemaState {
    try supported(migrateSchema, "migrating", "it has no schema before it is opened")()
  }

  /// Opens a store that exists for reading only; changes no file and creates none.
  ///
  /// Throws what the closure throws, and `unsupported` for a store that cannot be opened so.
  package func openReadOnly() throws -> any StorageEngine {
    try supported(openForReading, "opening", "it cannot be opened for reading only")()
  }

  /// Copies a backup into the place of the store, which must not be open.
  ///
  /// Throws what the closure throws, and `unsupported` for a store that has no backups.
  package func restore(
    from backup: String, replacing: Bool,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    try supported(restoreBackup, "restoring", "no backup can be restored to it")(
      backup, replacing, progress)
  }

  private func supported<Closure>(
    _ closure: Closure?, _ operation: String, _ reason: String
  ) throws(StorageError) -> Closure {
    guard let closure else {
      throw StorageError(
        .unsupported, operation: operation, subject: "store \(LocationText.redacted(description))",
        reason: reason)
    }
    return closure
  }
}
