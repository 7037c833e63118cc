public import PlanStorage

extension StorageBackend {
  /// The backend that a location string selects: `memory:` or `memory:NAME`.
  ///
  /// `memory:` is private to whoever opens it; a name is one store for everyone in the process.
  /// Throws `StorageError` (`invalidLocation`) for anything else, saying what to write.
  public init(location: String) throws(StorageError) {
    guard let colon = location.firstIndex(of: ":") else {
      throw StorageError(
        .invalidLocation, operation: "reading", subject: "store location '\(location)'",
        reason: "it has no scheme")
    }
    let rest = String(location[location.index(after: colon)...])
    switch location[..<colon] {
    case "memory": self = rest.isEmpty ? .inMemory : .inMemory(named: rest)
    default:
      throw StorageError(
        .invalidLocation, operation: "reading", subject: "store location '\(location)'",
        reason: "'\(location[..<colon])' is not a kind of store")
    }
  }
}
