public import PlanDomain

/// Names a store and holds the closures that open it.
///
/// Authors of stores make backends, best as static members; hosts choose one and hand it to
/// `PlanSystem.open`, which alone calls the closures: no host can reach the engine.
///
///     extension StorageBackend {
///       public static func journal(at path: String) -> StorageBackend {
///         StorageBackend("journal:\(path)") { try JournalStore(path) }
///       }
///     }
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that it opens, as in `memory:jobs`.
  public let description: String
  private let openOrCreate: @Sendable () throws -> any StorageEngine
  private let openStored: @Sendable () throws -> any StorageEngine
  private let inspectSchema: (@Sendable () throws -> SchemaState)?
  private let migrateSchema: (@Sendable () throws -> SchemaState)?

  /// Makes a backend of a location and the closure that opens it.
  ///
  /// `open` creates a store that does not exist. `openExisting` throws `cannotOpen` instead; a
  /// backend without it uses `open` for both. `schema` reads the version of a store's schema and
  /// changes nothing: no byte of a file, and it makes no file. `migrate` runs the pending migrations
  /// and leaves no store open; it gets its engine where `open` gets it, so that both at once cannot
  /// make two. A store whose schema has versions gives both.
  public init(
    _ description: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    schema: (@Sendable () throws -> SchemaState)? = nil,
    migrate: (@Sendable () throws -> SchemaState)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    openOrCreate = open
    openStored = openExisting ?? open
    inspectSchema = schema
    migrateSchema = migrate
  }

  /// Opens the store, and creates it when it does not exist.
  ///
  /// Throws what `open` throws, `StorageError` by convention.
  package func open() throws -> any StorageEngine { try openOrCreate() }

  /// Opens a store that exists; throws `StorageError` (`cannotOpen`) when it does not.
  package func openExisting() throws -> any StorageEngine { try openStored() }

  /// Reads the version of the store's schema without opening or changing the store.
  ///
  /// Throws `StorageError`, `unsupported` for a store without one.
  package func schema() throws -> SchemaState {
    try found(inspectSchema, "reading the schema of")()
  }

  /// Brings the store's schema up to date without leaving the store open.
  ///
  /// Throws `StorageError`, `unsupported` for a store without one.
  package func migrate() throws -> SchemaState { try found(migrateSchema, "migrating")() }

  private func found<Recipe>(
    _ recipe: Recipe?, _ operation: String
  ) throws(StorageError) -> Recipe {
    guard let recipe else {
      throw StorageError(
        .unsupported, operation: operation, subject: "store \(description)",
        reason: "it has no schema that is there before it is opened")
    }
    return recipe
  }
}
