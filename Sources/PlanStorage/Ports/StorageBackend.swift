/// A named recipe that opens a store; adapters add static members that make one.
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that it opens, as in `memory:jobs`.
  public let description: String
  private let make: @Sendable () throws -> any StorageEngine

  /// Keeps a recipe.
  public init(
    _ description: String, open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    make = open
  }

  /// Opens the store; throws `StorageError` when that is not possible.
  public func open() throws -> any StorageEngine { try make() }
}
