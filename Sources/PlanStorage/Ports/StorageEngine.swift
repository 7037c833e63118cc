/// What an adapter implements: one open store.
///
/// Obligations: units of work are serializable, in the order in which `write` returns; a read
/// sees all units of work that had returned when it began, and whole ones only; a body that
/// throws leaves nothing behind, and what it threw is thrown on; `write` returns only when the
/// unit of work is as durable as `traits` say. A body is run at most once for every attempt that
/// the engine commits, and once only when it throws.
public protocol StorageEngine: Sendable {
  /// What can be relied on.
  var traits: StorageTraits { get }

  /// Where commits made through this store in this process are announced; one for all who share
  /// the store.
  var announcer: Announcer { get }

  /// Runs the body on one consistent snapshot.
  ///
  /// Throws what the body threw, `nestedUnitOfWork` inside another body of the same store on the
  /// same thread, or `closed`.
  func read<R: Sendable>(_ body: @Sendable (any ReadSession) throws -> R) throws -> R

  /// Runs the body as one unit of work, perhaps on another thread while the caller waits.
  ///
  /// Throws what the body threw, `nestedUnitOfWork` inside another body of the same store on the
  /// same thread, or `closed`.
  func write<R: Sendable>(_ body: @Sendable (any UnitOfWork) throws -> R) throws -> R

  /// Lets go of the store, after the bodies under way have ended; again changes nothing.
  func close() throws(StorageError)
}

/// What can be relied on with a store.
public struct StorageTraits: Hashable, Sendable {
  /// Whether a call may wait for a device or another process.
  public enum Latency: Hashable, Sendable {
    /// Calls return within microseconds and may be made from any thread.
    case inline
    /// Calls may block: asynchronous callers make them on threads of their own.
    case blocking
  }

  /// Whether a call may wait.
  public let latency: Latency
  /// Whether what was acknowledged is there after the process ends.
  public let isDurable: Bool
  /// Whether other processes can write to the store too.
  public let isSharedBetweenProcesses: Bool

  /// States traits.
  public init(latency: Latency, isDurable: Bool, isSharedBetweenProcesses: Bool) {
    self.latency = latency
    self.isDurable = isDurable
    self.isSharedBetweenProcesses = isSharedBetweenProcesses
  }
}
