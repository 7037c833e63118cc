import InMemoryStorage
public import PlanStorage

extension StorageBackend {
  /// A private in-memory store, new at every opening.
  public static var inMemory: StorageBackend { inMemory(allowsSpinning: true) }

  /// A private in-memory store, new at every opening, for whose lock threads may spin or not.
  ///
  /// A thread that spins waits for up to 20 microseconds before it sleeps. None spins on a system
  /// with one processor, nor on iOS; elsewhere, pass false for a program that often runs on a
  /// battery.
  public static func inMemory(allowsSpinning: Bool) -> StorageBackend {
    StorageBackend("memory:") { InMemoryEngine(InMemoryStore(allowsSpinning: allowsSpinning)) }
  }

  /// The in-memory store of this name, shared by all callers in the process.
  ///
  /// It ends when the last system that uses it is closed. Opening throws `StorageError`
  /// (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  public static func inMemory(named name: String) -> StorageBackend {
    .inMemory(named: name, in: .shared)
  }
}
