public import PlanStorage
import PostgreSQLStorage

extension StorageBackend {
  /// The store in a schema of a PostgreSQL database, for hosts on many machines.
  ///
  /// The location is a connection string of libpq, such as
  /// `postgresql://planner@db.example/plans?sslmode=verify-full`, with these options of its own:
  /// `schema` (`planwright`), `connections` (the most of this process, 16) and `migrate` (`true`).
  /// Opening loads libpq from the system, which other stores do not need, and creates the schema when
  /// it does not exist. It needs PostgreSQL 13 or later.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(.postgreSQL("postgresql://planner@db.example/plans"))
  /// ```
  public static func postgreSQL(_ location: String) -> StorageBackend {
    .postgreSQL(location, in: .shared)
  }
}
