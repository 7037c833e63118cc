import InMemoryStorage
import PlanStorage
import SQLiteStorage

/// The stores with which rules are tested that depend on what a store keeps.
enum TestStore: String, CaseIterable {
  case memory, sqlite

  /// A store that is empty.
  var backend: StorageBackend {
    switch self {
    case .memory: .inMemory
    case .sqlite: .sqliteInMemory
    }
  }
}
