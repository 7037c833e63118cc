public import PlanDomain

/// A named recipe that opens a store; adapters add static members that make one.
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that it opens, as in `memory:jobs`.
  public let description: String
  private let make: @Sendable () throws -> any StorageEngine
  private let find: @Sendable () throws -> any StorageEngine
  private let inspectSchema: (@Sendable () throws -> SchemaState)?
  private let migrateSchema: (@Sendable () throws -> SchemaState)?

  /// Keeps a recipe, and further ones for a store that offers more than opening.
  ///
  /// `openExisting` throws `cannotOpen` instead of making a store; without one, `open` is used.
  /// `schema` reads the version of a store's schema and changes nothing: no byte of a file, and no
  /// file is made. `migrate` runs the pending migrations and leaves no store open; it gets its
  /// engine where `open` gets it, so that both at once cannot make two. Both are for stores whose
  /// schema has versions, and both are needed then.
  public init(
    _ description: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    schema: (@Sendable () throws -> SchemaState)? = nil,
    migrate: (@Sendable () throws -> SchemaState)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    make = open
    find = openExisting ?? open
    inspectSchema = schema
    migrateSchema = migrate
  }

  /// Opens the store, which is made when it is not there.
  ///
  /// Throws `StorageError` when that is not possible.
  public func open() throws -> any StorageEngine { try make() }

  /// Opens the store that is there; throws `StorageError`, `cannotOpen` when none is.
  public func openExisting() throws -> any StorageEngine { try find() }

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
