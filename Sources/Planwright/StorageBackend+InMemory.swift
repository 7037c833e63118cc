import InMemoryStorage
public import PlanStorage

extension StorageBackend {
  /// A private in-memory store, new at every opening.
  public static var inMemory: StorageBackend { StorageBackend("memory:") { InMemoryEngine() } }

  /// The in-memory store of this name, shared by all callers in the process.
  ///
  /// It ends when the last system that uses it is closed. Opening throws `StorageError`
  /// (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  public static func inMemory(named name: String) -> StorageBackend {
    .inMemory(named: name, in: .shared)
  }
}
