/// The version of a store's schema, compared with what this software supports.
///
/// ```swift
/// let schema = try PlanSystem.schema(of: backend)
/// if !schema.pending.isEmpty { try PlanSystem.migrate(backend) }
/// ```
public struct SchemaState: Hashable, Sendable {
  /// The version of the store; 0 when it does not exist or is empty.
  public let current: Int
  /// The version that this software supports.
  public let supported: Int
  /// The names of the missing migrations, in the order in which they run.
  public let pending: [String]

  /// Creates a schema state.
  public init(current: Int, supported: Int, pending: [String]) {
    self.current = current
    self.supported = supported
    self.pending = pending
  }

  /// Whether the store has exactly the supported version.
  public var isUpToDate: Bool { current == supported }

  /// Whether a newer version of this software wrote the store, so that opening it is refused.
  public var isTooNew: Bool { current > supported }
}
