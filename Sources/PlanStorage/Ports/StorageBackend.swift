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
  let inspectSchema: (@Sendable () throws -> SchemaState)?
  let migrateSchema: (@Sendable () throws -> SchemaState)?

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
    try supported(inspectSchema, "reading the schema of")()
  }

  /// Runs the pending migrations of the store; does not leave the store open.
  ///
  /// Throws `StorageError`: `unsupported` for a store without a versioned schema.
  package func migrate() throws -> SchemaState { try supported(migrateSchema, "migrating")() }

  private func supported<Closure>(
    _ closure: Closure?, _ operation: String
  ) throws(StorageError) -> Closure {
    guard let closure else {
      throw StorageError(
        .unsupported, operation: operation, subject: "store \(LocationText.redacted(description))",
        reason: "it has no schema before it is opened")
    }
    return closure
  }
}
