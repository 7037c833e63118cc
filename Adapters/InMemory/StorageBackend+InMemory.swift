public import PlanStorage

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
  public static var inMemory: StorageBackend { inMemory(allowsSpinning: true) }

  /// A private in-memory store, new at every opening, for whose lock threads may spin or not.
  ///
  /// A thread that spins waits for up to 20 microseconds before it sleeps. None spins on a system
  /// with one processor, nor on iOS; elsewhere, pass false for a program that often runs on a
  /// battery. For a named store, pass an `InMemoryStores` that was made with the option.
  public static func inMemory(allowsSpinning: Bool) -> StorageBackend {
    StorageBackend("memory:") {
      InMemoryEngine(EngineLease(owning: InMemoryStore(allowsSpinning: allowsSpinning)))
    }
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
