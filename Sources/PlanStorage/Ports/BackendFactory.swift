public import PlanDomain

/// Makes the backends of stores; for authors of stores.
///
///     extension StorageBackend {
///       public static func journal(at path: String) -> StorageBackend {
///         BackendFactory.make("journal:\(path)") { try JournalStore(path) }
///       }
///     }
public enum BackendFactory {
  /// Makes a backend from a location and the closures that open it.
  ///
  /// `open` creates the store when it does not exist; `openExisting` throws `cannotOpen` instead,
  /// and defaults to `open`. A store whose schema has versions passes both `schema` and `migrate`.
  /// `schema` reads the version of the schema; it changes no file and creates none. `migrate` runs
  /// the pending migrations and does not leave the store open; it gets its engine from the same
  /// registry as `open`, so that concurrent calls cannot create two engines.
  ///
  /// A function of this type and not an initializer of the backend, which a host could call.
  public static func make(
    _ location: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    schema: (@Sendable () throws -> SchemaState)? = nil,
    migrate: (@Sendable () throws -> SchemaState)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) -> StorageBackend {
    StorageBackend(
      description: location, openOrCreate: open, openOnly: openExisting ?? open,
      inspectSchema: schema, migrateSchema: migrate)
  }
}
