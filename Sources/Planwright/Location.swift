public import PlanDomain
public import PlanStorage
import SQLiteStorage

extension StorageBackend {
  /// The backend that a location string selects.
  ///
  /// `memory:` is private to whoever opens it, `memory:NAME` is one store for everyone in the
  /// process, and `sqlite:FILE` is the SQLite store in this file, made when it is not there;
  /// `init(sqliteLocation:)` says what else can follow `sqlite:`. Throws `StorageError`
  /// (`invalidLocation`) for anything else, saying what to write.
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
        reason: "'\(location[..<colon])' is not a kind of store")
    }
  }
}
