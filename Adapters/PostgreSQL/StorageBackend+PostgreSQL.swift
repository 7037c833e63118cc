package import PlanDomain
public import PlanStorage

extension StorageBackend {
  /// The store at this location, as in `postgresql://planner@db.example/plans?schema=planwright`.
  ///
  /// The location is a connection string of libpq, which opening loads; `sslmode`, certificates and
  /// the password file are libpq's. Its own options are `schema`, `connections` (16) and `migrate`
  /// (`true`). Opening creates the schema when it does not exist. Throws `StorageError`
  /// (`invalidLocation`) when the store is opened, for a text that is no such location.
  public static func postgreSQL(_ location: String) -> StorageBackend {
    .postgreSQL(location, in: .shared)
  }

  static func postgreSQL(
    _ location: String, in registry: PostgreSQLEngineRegistry
  ) -> StorageBackend {
    BackendFactory.make(
      LocationText.redacted(location),
      openExisting: { try registry.openExisting(location) },
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
