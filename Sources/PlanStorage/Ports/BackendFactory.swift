public import PlanDomain

/// Makes the backends of stores; for authors of stores.
///
/// ```swift
/// extension StorageBackend {
///   public static func journal(at path: String) -> StorageBackend {
///     BackendFactory.make("journal:\(path)") { try JournalStore(path) }
///   }
/// }
/// ```
public enum BackendFactory {
  /// Makes a backend from a location and the closures that open it.
  ///
  /// `open` creates the store when it does not exist; `openExisting` throws `cannotOpen` instead,
  /// and defaults to `open`. `openReadOnly` opens a store that exists, changes no file and creates
  /// none; all writes of its engine throw `readOnly`. A store whose schema has versions passes both
  /// `schema` and `migrate`. `schema` reads the version of the schema; it changes no file and
  /// creates none. `migrate` runs the pending migrations and does not leave the store open; it gets
  /// its engine from the same registry as `open`, so that concurrent calls cannot create two
  /// engines. `restore` copies a backup of the store into its place: checked, in one step, and only
  /// if nothing has it open.
  ///
  /// A function of this type and not an initializer of the backend, which a host could call.
  public static func make(
    _ location: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    openReadOnly: (@Sendable () throws -> any StorageEngine)? = nil,
    schema: (@Sendable () throws -> SchemaState)? = nil,
    migrate: (@Sendable () throws -> SchemaState)? = nil,
    restore: (
      @Sendable (
        _ backup: String, _ replacing: Bool,
        _ progress: @escaping @Sendable (_ done: Int, _ all: Int) throws -> Void
      ) throws -> Void
    )? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) -> StorageBackend {
    StorageBackend(
      description: location, openOrCreate: open, openOnly: openExisting ?? open,
      openForReading: openReadOnly, inspectSchema: schema, migrateSchema: migrate,
      restoreBackup: restore)
  }
}
