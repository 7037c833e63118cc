/// A kind of work on a store as a whole, beside reads and units of work.
public enum MaintenanceOperation: String, Hashable, Sendable, CaseIterable {
  /// Writing a complete, consistent copy while the store is in use.
  case backup
  /// Looking for damage below what reads show.
  case integrityCheck
  /// Copying a write-ahead log into the store's main file.
  case checkpoint
  /// Describing where and how the store is kept.
  case info
  /// Reading the version of the store's schema and bringing it up to date.
  case migrate
}
