/// What an adapter implements: one open store.
///
/// Obligations: units of work are serializable, in the order in which `write` returns; a read
/// sees all units of work that had returned when it began, and whole ones only; a body that
/// throws leaves nothing behind, and what it threw is thrown on; `write` returns only when the
/// unit of work is as durable as `traits` say. The engine may run a body again after its
/// transaction was rolled back; it never runs one again that threw or was committed.
///
/// Bodies return nothing, so that an engine's code is the same for all of them; the forms of `read`
/// and `write` that return what the body returned are extensions.
public protocol StorageEngine: Sendable {
  /// What can be relied on.
  var traits: StorageTraits { get }

  /// Where commits made through this store in this process are announced; one for all who share
  /// the store.
  var notifier: CommitNotifier { get }

  /// Runs the body on one consistent snapshot.
  ///
  /// Throws what the body threw, `nestedUnitOfWork` inside another body of the same store on the
  /// same thread, or `closed`.
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws

  /// Runs the body as one unit of work, perhaps on another thread while the caller waits.
  ///
  /// Throws what the body threw, `nestedUnitOfWork` inside another body of the same store on the
  /// same thread, or `closed`.
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws

  /// Lets go of the store, after the bodies under way have ended; again changes nothing.
  func close() throws(StorageError)
}

/// A store that takes units of work without keeping a thread of the caller.
///
/// Found once, when a system is opened. Obligations: as for `write`; `completion` is called exactly
/// once, after the commit or the failure, on a thread that must not be kept; a submission that is
/// cancelled before its body began is answered with `CancellationError` and leaves nothing behind.
public protocol UnitOfWorkSubmitting: StorageEngine {
  /// Queues the body as one unit of work and returns at once.
  ///
  /// The submission that comes back cancels it, as long as its body has not begun.
  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork
}

/// A unit of work that was queued.
public struct SubmittedUnitOfWork: Sendable {
  private let withdraw: @Sendable () -> Void

  /// A submission that is withdrawn like this.
  public init(withdraw: @escaping @Sendable () -> Void) { self.withdraw = withdraw }

  /// Takes it back, unless its body has begun; again changes nothing.
  public func cancel() { withdraw() }
}

/// A store that can count what a read costs, for the contract: it compares the costs of the same
/// reads in a small and in a large store.
///
/// Obligations: the body sees what it would see in `read`; everything is counted that is looked at
/// to find an answer, not only what is given back; nothing is answered from what an earlier read
/// left behind. Nobody pays for it who does not measure.
public protocol ReadMeasuring: StorageEngine {
  /// Runs the body as `read` does, and returns how much was visited for it.
  ///
  /// The unit is the store's own: rows, entries of lists or steps of queries. Throws as `read` does.
  func measuringReads(_ body: @Sendable (any ReadSession) throws -> Void) throws -> Int
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
  /// Whether what was acknowledged is there after the process ends, also when it is killed.
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
