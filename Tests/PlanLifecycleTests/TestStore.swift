import InMemoryStorage
import PlanStorage
import SQLiteStorage

/// The stores with which rules are tested that depend on what a store keeps.
enum TestStore: String, CaseIterable {
  case memory, sqlite
  /// A schema on a server of the tests.
  case server

  /// The stores without a server, or the one that PLANWRIGHT_TEST_STORE names.
  static var allCases: [TestStore] {
    LifecycleFixture.isOnServer ? [.server] : [.memory, .sqlite]
  }

  /// A store that is empty.
  var backend: StorageBackend {
    switch self {
    case .memory: .inMemory
    case .sqlite: .sqliteInMemory
    case .server: LifecycleFixture.postgreSQL
    }
  }
}
