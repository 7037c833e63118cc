/// One open store; the port that every adapter implements.
///
/// Callable from any thread, also from several at once. Obligations: units of work are strictly
/// serializable: one that begins after another has returned follows it; units of work that overlap
/// follow each other in any order. A read sees all units of work that returned before it began, and
/// only whole ones. Two kinds of reads may see less: the due lists in a unit of work, and the feed in
/// a read; their comments say how. The changes of a body that throws are rolled back, and its error
/// is rethrown. `write` returns only when the unit of work is as durable as `traits` states.
/// The engine may run a body again after its transaction was rolled back, because of other units of
/// work, a lost connection, or locks that it needs; it never runs one again that threw or was
/// committed. So a body changes nothing but its session, or does it in a way that can be repeated.
///
/// Bodies return nothing, so that an engine needs no generic code; the variants of `read` and
/// `write` that return the body's result are extensions.
public protocol StorageEngine: Sendable {
  /// The properties that callers can rely on.
  var traits: StorageTraits { get }

  /// Notifies about commits made through this store in this process.
  ///
  /// All engines of one store in a process share one notifier.
  var notifier: CommitNotifier { get }

  /// Runs the body on one consistent snapshot.
  ///
  /// Blocks the calling thread if the store's latency is `blocking`. The body may run on another
  /// thread while the caller waits.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError/Code/nestedUnitOfWork`` inside
  ///   another body of the same store on the same thread; ``Planwright/StorageError/Code/closed``
  ///   after `close`; ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   other errors of ``Planwright/StorageError`` if the store fails.
  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws

  /// Runs the body as one unit of work, possibly on another thread while the caller waits.
  ///
  /// Returns when the unit of work is committed and as durable as `traits` states.
  ///
  /// - Throws: What the body throws, after which nothing was changed;
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside another body of the same store on
  ///   the same thread; ``Planwright/StorageError/Code/closed`` after `close`;
  ///   ``Planwright/StorageError/Code/suspended`` while the store is suspended;
  ///   ``Planwright/StorageError/Code/readOnly`` in a store that was opened for reading only; other
  ///   errors of ``Planwright/StorageError`` if the store fails.
  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws

  /// Closes the store once running units of work and reads have finished. Idempotent.
  ///
  /// Blocks the calling thread until then.
  ///
  /// - Throws: ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a body of the same store,
  ///   for which it would wait.
  func close() throws(StorageError)
}

/// A store that accepts units of work without blocking a thread of the caller.
///
/// `PlanSystem` checks for this conformance once, when it opens the store. Obligations: those of
/// `write`; `completion` is called exactly once, after the commit or the failure, on a thread that
/// it must not block; a submission that is cancelled before its body began completes with
/// `CancellationError` and changes nothing.
public protocol UnitOfWorkSubmitting: StorageEngine {
  /// Queues the body as one unit of work and returns immediately.
  ///
  /// The returned submission can cancel it until its body begins.
  func submit(
    _ body: @escaping @Sendable (any UnitOfWork) throws -> Void,
    completion: @escaping @Sendable (Result<Void, any Error>) -> Void
  ) -> SubmittedUnitOfWork
}

/// A unit of work that was queued, and can be cancelled until its body begins.
public struct SubmittedUnitOfWork: Sendable {
  private let withdraw: @Sendable () -> Void

  /// Creates a submission; `withdraw` removes the unit of work from the queue.
  public init(withdraw: @escaping @Sendable () -> Void) { self.withdraw = withdraw }

  /// Cancels the unit of work unless its body has begun; idempotent.
  public func cancel() { withdraw() }
}

/// A store that can count the cost of a read.
///
/// The contract compares the costs of the same reads in a small and in a large store. Obligations:
/// the body sees the same as in `read`; everything that is examined is counted, not only what is
/// returned; no read is answered from a cache that an earlier read filled. Reads that are not
/// measured cost nothing more.
public protocol ReadMeasuring: StorageEngine {
  /// Runs the body like `read` and returns the amount of data examined.
  ///
  /// The store defines the unit: rows, index entries or steps of queries.
  ///
  /// - Throws: What the body throws; ``Planwright/StorageError`` as `read` does.
  func measuringReads(_ body: @Sendable (any ReadSession) throws -> Void) throws -> Int
}

/// The properties of a store that callers can rely on.
public struct StorageTraits: Hashable, Sendable {
  /// The kinds of waiting that a call may cause.
  public enum Latency: Hashable, Sendable {
    /// Calls return within microseconds and may be made from any thread.
    case inline
    /// Calls may wait for a device or another process; asynchronous callers use separate threads.
    case blocking
  }

  /// The kind of waiting that calls may cause.
  public let latency: Latency
  /// Whether acknowledged units of work survive the end of the process, also when it is killed.
  public let isDurable: Bool
  /// Whether other processes can write to the store too.
  public let isSharedBetweenProcesses: Bool

  /// Creates traits.
  public init(latency: Latency, isDurable: Bool, isSharedBetweenProcesses: Bool) {
    self.latency = latency
    self.isDurable = isDurable
    self.isSharedBetweenProcesses = isSharedBetweenProcesses
  }
}
