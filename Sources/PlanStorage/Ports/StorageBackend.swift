/// Names a store and holds the closures that open it.
///
/// Authors of stores make backends, best as static members; hosts choose one and hand it to
/// `PlanSystem.open`, which alone calls the closures: no host can reach the engine.
///
///     extension StorageBackend {
///       public static func journal(at path: String) -> StorageBackend {
///         StorageBackend("journal:\(path)") { try JournalStore(path) }
///       }
///     }
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that it opens, as in `memory:jobs`.
  public let description: String
  private let openOrCreate: @Sendable () throws -> any StorageEngine
  private let openStored: @Sendable () throws -> any StorageEngine

  /// Makes a backend of a location and the closure that opens it.
  ///
  /// `open` creates a store that does not exist. `openExisting` throws `cannotOpen` instead; a
  /// backend without it uses `open` for both.
  public init(
    _ description: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    openOrCreate = open
    openStored = openExisting ?? open
  }

  /// Opens the store, and creates it when it does not exist.
  ///
  /// Throws what `open` throws, `StorageError` by convention.
  package func open() throws -> any StorageEngine { try openOrCreate() }

  /// Opens a store that exists; throws `StorageError` (`cannotOpen`) when it does not.
  package func openExisting() throws -> any StorageEngine { try openStored() }
}
