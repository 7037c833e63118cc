package import PlanStorage

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
    guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else {
      throw StorageError(
        .invalidLocation, operation: "opening", subject: "an in-memory store",
        reason: "its name must be 1 to 128 bytes of printable ASCII")
    }
    return InMemoryEngine(try registry.lease(name) { InMemoryStore() })
  }
}

extension StorageBackend {
  /// A private in-memory store, new at every opening.
  package static var inMemory: StorageBackend { StorageBackend("memory:") { InMemoryEngine() } }

  /// The in-memory store of this name among these stores.
  ///
  /// It ends when the last engine on it is closed. Opening throws `StorageError`
  /// (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  package static func inMemory(
    named name: String, in stores: InMemoryStores = .shared
  ) -> StorageBackend {
    StorageBackend("memory:\(name)") { try stores.open(name) }
  }
}
