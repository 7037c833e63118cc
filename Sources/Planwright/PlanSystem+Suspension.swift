public import PlanDomain
import PlanLifecycle
import PlanStorage

/// Suspension: for a while the store takes no calls and holds nothing of the system.
extension PlanSystem {
  /// Closes all connections and files of the store; running units of work end or are rolled back.
  ///
  /// For apps that the system puts to sleep, such as on iOS, which ends an app that sleeps while it
  /// holds a lock on a shared file. It concerns the store: all systems of this process that have it
  /// open, and their workers, feeds and waiting handles, which wait and go on afterwards. Nothing
  /// is lost that was acknowledged. It is not counted: one ``resume()`` ends it, however often it
  /// began.
  ///
  /// Reads and units of work that run have the time `limit` to finish. Then they are rolled back
  /// and throw ``StorageError/Code/suspended``. When this method returns, the process holds no
  /// connection to the store, no descriptor of its files and no lock on them. If the time `limit`
  /// has not passed when all have finished, the write-ahead log is copied into the file first, so
  /// that the file is whole by itself; that takes as long as a checkpoint. `calls` says what later
  /// calls do until `resume`; operations of maintenance fail in any case. Workers renew no leases
  /// meanwhile, so other processes may take their plans. A store without a file only stops calls.
  /// Does not block the cooperative threads.
  ///
  /// ```swift
  /// // when the app enters the background, in a background task of the system
  /// try await system.suspend()
  /// // before it enters the foreground
  /// try await system.resume()
  /// ```
  ///
  /// - Throws: ``StorageError/Code/busy`` if a call to the file system does not end in a further
  ///   five seconds, after which the store takes no calls but is not yet closed, so call again;
  ///   ``StorageError/Code/unsupported`` for a store that cannot be suspended;
  ///   ``StorageError/Code/closed``, ``StorageError/Code/moved`` and others if the store could no
  ///   longer be used anyway.
  public func suspend(
    calls: SuspendedCalls = .fail, within limit: Duration = .seconds(2)
  ) async throws {
    try await plans.suspend(calls: calls, within: limit)
  }

  /// Suspends the store as ``suspend(calls:within:)`` does, and blocks the calling thread.
  ///
  /// - Throws: The errors of ``suspend(calls:within:)``: ``StorageError/Code/busy``,
  ///   ``StorageError/Code/unsupported``, ``StorageError/Code/closed``,
  ///   ``StorageError/Code/moved``; and ``StorageError/Code/nestedUnitOfWork`` inside a unit of
  ///   work of this store.
  public func suspendBlocking(
    calls: SuspendedCalls = .fail, within limit: Duration = .seconds(2)
  ) throws {
    try plans.suspendBlocking(calls: calls, within: limit)
  }

  /// Opens the store again, as it was; does nothing if it is not suspended.
  ///
  /// Not detected are contents that were changed by other means than SQLite, and the removal of a
  /// log that `suspend` could not copy, because it rolled a unit of work back or another process
  /// used the store. Does not block the cooperative threads.
  ///
  /// ```swift
  /// do { try await system.resume() } catch StorageError.Code.busy {
  ///   try await system.resume()  // another process kept the file locked
  /// }
  /// ```
  ///
  /// - Throws: ``StorageError/Code/moved`` if the file was moved, replaced, deleted or truncated,
  ///   and ``StorageError/Code/schemaTooNew`` if another process has migrated it, after which this
  ///   system can only be closed; ``StorageError/Code/busy`` if another process keeps the file
  ///   locked, or a unit of work that `suspend` rolled back still runs its body, for longer than
  ///   the `busyTimeout` of `SQLiteOptions` (five seconds); other errors of ``StorageError`` if it
  ///   cannot be opened now, after which the store is still suspended, so call again.
  public func resume() async throws { try await plans.resume() }

  /// Resumes the store as ``resume()`` does, and blocks the calling thread.
  ///
  /// - Throws: The errors of ``resume()``: ``StorageError/Code/moved``,
  ///   ``StorageError/Code/schemaTooNew``, ``StorageError/Code/busy`` and others of
  ///   ``StorageError``; and ``StorageError/Code/nestedUnitOfWork`` inside a unit of work of this
  ///   store.
  public func resumeBlocking() throws { try plans.resumeBlocking() }
}
