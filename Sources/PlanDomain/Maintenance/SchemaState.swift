/// The version of a store's schema, compared with what this software supports.
///
///     let schema = try PlanSystem.schema(of: backend)
///     if !schema.pending.isEmpty { try PlanSystem.migrate(backend) }
public struct SchemaState: Hashable, Sendable {
  /// The version that the store has; 0 when it does not exist or is empty.
  public let current: Int
  /// The version that this software works with.
  public let supported: Int
  /// The names of the migrations that are missing, in the order in which they run.
  public let pending: [String]

  /// Describes a schema.
  public init(current: Int, supported: Int, pending: [String]) {
    self.current = current
    self.supported = supported
    self.pending = pending
  }

  /// Whether the store has exactly the supported version.
  public var isUpToDate: Bool { current == supported }

  /// Whether a newer version of this software wrote the store, so that this one refuses to open it.
  public var isTooNew: Bool { current > supported }
}
