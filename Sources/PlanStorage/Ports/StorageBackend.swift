/// A named recipe that opens a store; adapters add static members that make one.
public struct StorageBackend: Sendable, CustomStringConvertible {
  /// The location that it opens, as in `memory:jobs`.
  public let description: String
  private let make: @Sendable () throws -> any StorageEngine
  private let find: @Sendable () throws -> any StorageEngine

  /// Keeps a recipe, and another one for a store that must be there already.
  ///
  /// `openExisting` throws `cannotOpen` instead of making a store; without one, `open` is all there
  /// is.
  public init(
    _ description: String, openExisting: (@Sendable () throws -> any StorageEngine)? = nil,
    open: @escaping @Sendable () throws -> any StorageEngine
  ) {
    self.description = description
    make = open
    find = openExisting ?? open
  }

  /// Opens the store, which is made when it is not there.
  ///
  /// Throws `StorageError` when that is not possible.
  public func open() throws -> any StorageEngine { try make() }

  /// Opens the store that is there; throws `StorageError`, `cannotOpen` when none is.
  public func openExisting() throws -> any StorageEngine { try find() }
}
