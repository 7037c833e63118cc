package import PlanStorage
import Planwright

/// A fresh store for one test, by one word.
///
/// ```swift
/// for store in TestStore.allCases {  // or @Test(arguments: TestStore.allCases)
///   let test = try TestSystem(store)
///   try await test.system.register([note])
/// }
/// ```
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
