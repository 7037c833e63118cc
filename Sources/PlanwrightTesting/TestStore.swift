package import PlanStorage
import Planwright

/// A fresh store for one test, by one word.
///
///     @Test("works on every store", arguments: TestStore.allCases)
///     func everyStore(_ store: TestStore) async throws { let test = try TestSystem(store) }
public enum TestStore: String, CaseIterable, Sendable {
  /// The in-memory store.
  case inMemory
  /// A SQLite database in memory.
  case sqlite

  package var backend: StorageBackend {
    switch self {
    case .inMemory: .inMemory
    case .sqlite: .sqliteInMemory
    }
  }
}
