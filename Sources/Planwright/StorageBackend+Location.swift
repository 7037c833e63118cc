public import PlanDomain
public import PlanStorage
import SQLiteStorage

extension StorageBackend {
  /// Creates the backend that a location string selects.
  ///
  /// `memory:` is a private store, `memory:NAME` is a store that the process shares by name, and
  /// `sqlite:FILE` is the SQLite store in this file, which opening creates when it does not exist.
  /// `init(sqliteLocation:)` lists what else can follow `sqlite:`. Throws `StorageError`
  /// (`invalidLocation`) for anything else, with the valid forms.
  ///
  ///     let system = try PlanSystem.open(StorageBackend(location: "sqlite:plans.db"))
  public init(location: String) throws(StorageError) {
    guard let colon = location.firstIndex(of: ":") else {
      throw StorageError(
        .invalidLocation, operation: "reading", subject: "store location '\(location)'",
        reason: "it has no scheme")
    }
    let rest = String(location[location.index(after: colon)...])
    switch location[..<colon] {
    case "memory": self = rest.isEmpty ? .inMemory : .inMemory(named: rest)
    case "sqlite", "file": self = try StorageBackend(sqliteLocation: location)
    default:
      throw StorageError(
        .invalidLocation, operation: "reading", subject: "store location '\(location)'",
        reason: "'\(location[..<colon])' is not a supported scheme")
    }
  }
}
