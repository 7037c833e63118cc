package import PlanStorage

/// The named in-memory stores of a process: one per name, however many ask for it at once.
public final class InMemoryStores: Sendable {
  /// Those that everyone means who names none.
  public static let shared = InMemoryStores()

  private let registry = EngineRegistry<String, InMemoryStore>()
  private let allowsSpinning: Bool

  /// No stores yet; `allowsSpinning` is that of each store that is opened here.
  public init(allowsSpinning: Bool = true) { self.allowsSpinning = allowsSpinning }

  /// Opens the store of this name, or a new one when nobody has it open.
  ///
  /// Throws `StorageError` (`invalidLocation`) unless the name is 1…128 bytes of printable ASCII.
  public func open(_ name: String) throws -> InMemoryEngine {
    try InMemoryName.check(name)
    return InMemoryEngine(
      try registry.lease(name) { InMemoryStore(allowsSpinning: allowsSpinning) })
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
