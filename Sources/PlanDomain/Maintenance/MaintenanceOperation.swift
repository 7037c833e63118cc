/// An operation on a store as a whole.
public enum MaintenanceOperation: String, Hashable, Sendable, CaseIterable {
  /// Writes a complete, consistent copy while the store is in use.
  case backup
  /// Checks the store for damage that reads do not detect.
  case integrityCheck
  /// Copies the write-ahead log into the store's main file.
  case checkpoint
  /// Describes the location and the state of the store.
  case info
  /// Reads the version of the store's schema, and runs pending migrations.
  case migrate
}
