public import PlanDomain
public import PlanStorage
import PostgreSQLStorage
import SQLiteStorage

extension StorageBackend {
  /// Creates the backend that a location string selects, for example one of a configuration file.
  ///
  /// - `memory:` is a private store, `memory:NAME` is a store that the process shares by name.
  /// - `sqlite:FILE` is the SQLite store in this file, which opening creates when it does not
  ///   exist. `sqlite:memory:` and `sqlite:memory:NAME` are SQLite without a file.
  /// - The URLs `sqlite:////PATH` and `file:///PATH` (absolute), `sqlite:///./PATH` and `file:PATH`
  ///   (relative) may end in options, as in `?durability=normal&exclusive=true`; `%3F` and `%23`
  ///   stand for `?` and `#` in them.
  /// - `postgresql://…` and `postgres://…` are the store in a PostgreSQL database, as for
  ///   `postgreSQL(_:)`.
  ///
  /// Opens nothing: pass the backend to ``Planwright/PlanSystem/open(_:telemetry:)``.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(StorageBackend(location: "sqlite:plans.db"))
  /// ```
  ///
  /// - Throws: ``Planwright/StorageError/Code/invalidLocation`` for anything else, with the valid forms; the
  ///   error contains neither user information nor options.
  public init(location: String) throws(StorageError) {
    let subject = "store location '\(LocationText.redacted(location))'"
    try InMemorySpelling.refuse(location, "reading", subject)
    guard let colon = location.firstIndex(of: ":") else {
      throw StorageError(
        .invalidLocation, operation: "reading", subject: subject, reason: "it has no scheme")
    }
    let rest = String(location[location.index(after: colon)...])
    switch location[..<colon] {
    case "memory": self = rest.isEmpty ? .inMemory : .inMemory(named: rest)
    case "sqlite", "file": self = try StorageBackend(sqliteLocation: location)
    case "postgresql", "postgres": self = try StorageBackend(postgreSQLLocation: location)
    default:
      throw StorageError(
        .invalidLocation, operation: "reading", subject: subject,
        reason: "'\(location[..<colon].shortened())' is not a supported scheme")
    }
  }
}
