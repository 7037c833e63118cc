public import PlanDomain

/// Names a store and holds the closures that open it.
///
/// Authors of stores provide backends as static members; hosts pass one to `PlanSystem.open`. Only
/// `PlanSystem` calls the closures, so a host cannot reach the engine.
///
///     extension StorageBackend {
///       public static func journal(at path: String) -> StorageBackend {
///         StorageBackend("journal:\(path)") { try JournalStore(path) }
///       }
///     }
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that the backend opens, for example `memory:jobs`.
  public let description: String
  private let openOrCreate: @Sendable () throws -> any StorageEngine
  private let openOnly: @Sendable () throws -> any StorageEngine
  private let inspectSchema: (@Sendable () throws -> SchemaState)?
  private let migrateSchema: (@Sendable () throws -> SchemaState)?

  /// Creates a backend from a location and the closures that open it.
  ///
  /// `open` creates the store when it does not exist; `openExisting` throws `cannotOpen` instead,
  /// and defaults to `open`. A store whose schema has versions passes both `schema` and `migrate`.
  /// `schema` reads the version of the schema; it changes no file and creates none. `migrate` runs
  /// the pending migrations and does not leave the store open; it gets its engine from the same
  /// registry as `open`, so that concurrent calls cannot create two engines.
  public init(
    _ description: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    schema: (@Sendable () throws -> SchemaState)? = nil,
    migrate: (@Sendable () throws -> SchemaState)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    openOrCreate = open
    openOnly = openExisting ?? open
    inspectSchema = schema
    migrateSchema = migrate
  }

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
        .unsupported, operation: operation, subject: "store \(description)",
        reason: "it has no schema before it is opened")
    }
    return closure
  }
}
