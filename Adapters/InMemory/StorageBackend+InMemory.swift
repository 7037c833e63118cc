package import PlanStorage

/// A set of named in-memory stores: one store for each name, shared by all threads.
public final class InMemoryEngineRegistry: Sendable {
  /// The default set of this process.
  public static let shared = InMemoryEngineRegistry()

  private let registry = EngineRegistry<String, InMemoryEngine>()
  private let allowsSpinning: Bool

  /// Creates an empty set; its stores are created with this value of `allowsSpinning`.
  public init(allowsSpinning: Bool = true) { self.allowsSpinning = allowsSpinning }

  /// Opens the store of this name; creates it when it is not open.
  ///
  /// - Throws: ``Planwright/StorageError/Code/invalidLocation`` unless the name is 1…128 bytes of
  ///   printable ASCII; ``Planwright/StorageError/Code/forked`` in a forked child process.
  public func open(_ name: String) throws -> InMemoryStore {
    try InMemoryNameRule.check(name)
    return InMemoryStore(
      try registry.lease(name) { InMemoryEngine(allowsSpinning: allowsSpinning) })
  }
}

extension StorageBackend {
  /// A private in-memory store; each opening creates a new one.
  package static var inMemory: StorageBackend { BackendFactory.make("memory:") { InMemoryStore() } }

  /// The in-memory store of this name in this set of stores.
  ///
  /// The store ends when its last engine is closed. Opening throws `StorageError`
  /// (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  package static func inMemory(
    named name: String, in stores: InMemoryEngineRegistry = .shared
  ) -> StorageBackend {
    BackendFactory.make("memory:\(name)") { try stores.open(name) }
  }
}
