import InMemoryStorage
public import PlanStorage

extension StorageBackend {
  /// A private in-memory store; each opening creates a new one.
  ///
  /// Gone when its system is closed. For tests, and for plans that need not survive the process.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(.inMemory)
  /// ```
  public static var inMemory: StorageBackend { inMemory(allowsSpinning: true) }

  /// A private in-memory store whose lock may or may not spin; each opening creates a new one.
  ///
  /// A spinning thread waits for up to 20 microseconds before it sleeps. Threads never spin on iOS
  /// and on systems with one processor; elsewhere, pass false for a program that often runs on
  /// battery power.
  public static func inMemory(allowsSpinning: Bool) -> StorageBackend {
    BackendFactory.make("memory:") { InMemoryStore(InMemoryEngine(allowsSpinning: allowsSpinning)) }
  }

  /// The in-memory store with this name, shared by all callers in the process.
  ///
  /// The store ends when the last system that uses it is closed. Opening throws
  /// ``Planwright/StorageError/Code/invalidLocation`` unless the name is 1…128 bytes of printable ASCII.
  ///
  /// ```swift
  /// let system = try PlanSystem.open(.inMemory(named: "notes"))
  /// ```
  public static func inMemory(named name: String) -> StorageBackend {
    .inMemory(named: name, in: .shared)
  }
}
