import CSQLite
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport

/// The memory that SQLite may have.
enum SQLiteHeap {
  /// Stores pairs while SQLite has less and less memory; how many were acknowledged.
  ///
  /// Says the code of each refusal.
  static func starve(_ path: String) throws -> Int {
    var acknowledged = 0
    for more in stride(from: 0, to: 400_000, by: 10_000) as StrideTo<Int64> {
      let store = try SQLiteEngineRegistry().open(path)
      let action = try AtomicPairs.action(in: store)
      sqlite3_hard_heap_limit64(sqlite3_memory_used() + more)
      defer { sqlite3_hard_heap_limit64(0) }
      for _ in 0..<20 {
        do {
          try AtomicPairs.store(UInt64(acknowledged), in: store, action)
          acknowledged += 1
        } catch {
          say((error as? StorageError)?.code.rawValue ?? "other \(error)")
        }
      }
      let read = outcome { try store.read { try $0.plans(matching: PlanQuery()).rows.count } }
      if case .failure(let error) = read {
        say((error as? StorageError)?.code.rawValue ?? "other \(error)")
      }
      try store.close()
    }
    return acknowledged
  }
}
