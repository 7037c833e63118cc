public import PlanStorage

/// The named in-memory stores of a process: one per name, however many ask for it at once.
public final class InMemoryStores: Sendable {
  /// Those that everyone means who names none.
  public static let shared = InMemoryStores()

  private let registry = EngineRegistry<String, InMemoryStore>()

  /// No stores yet.
  public init() {}

  /// Opens the store of this name, or a new one when nobody has it open.
  ///
  /// Throws `StorageError` (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  public func open(_ name: String) throws -> InMemoryEngine {
    try InMemoryName.check(name)
    return InMemoryEngine(try registry.lease(name) { InMemoryStore() })
  }
}

extension StorageBackend {
  /// A private in-memory store, new at every opening.
  public static var inMemory: StorageBackend {
    StorageBackend("memory:") { InMemoryEngine(EngineLease(owning: InMemoryStore())) }
  }

  /// The in-memory store of this name, shared by everyone in the process who asks for it.
  ///
  /// It ends when the last of them closes it. Opening throws `StorageError` (`invalidLocation`)
  /// unless the name is 1…128 bytes of printable ASCII.
  public static func inMemory(
    named name: String, in stores: InMemoryStores = .shared
  ) -> StorageBackend {
    StorageBackend("memory:\(name)") { try stores.open(name) }
  }
}
