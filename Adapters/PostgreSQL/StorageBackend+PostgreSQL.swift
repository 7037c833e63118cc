package import PlanDomain
package import PlanStorage

extension StorageBackend {
  /// The store at this location, in this set of engines.
  ///
  /// Nothing is checked before the store is opened; opening throws `StorageError`.
  package static func postgreSQL(
    _ location: String, in registry: PostgreSQLEngineRegistry = .shared
  ) -> StorageBackend {
    BackendFactory.make(
      LocationText.redacted(location),
      openExisting: { try registry.openExisting(location) },
      openReadOnly: { try registry.openReadOnly(location) },
      schema: { try registry.schema(location) },
      migrate: { try registry.migrate(location) },
      open: { try registry.open(location) })
  }

  /// Creates the backend of a location; throws `StorageError` (`invalidLocation`) with the reason.
  package init(
    postgreSQLLocation text: String, in registry: PostgreSQLEngineRegistry = .shared
  ) throws(StorageError) {
    _ = try PostgreSQLLocation(text)
    self = .postgreSQL(text, in: registry)
  }
}
