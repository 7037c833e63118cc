public import PlanDomain
import PlanLifecycle
import PlanStorage

/// Suspension: for a while the store takes no calls and holds nothing of the system.
///
/// For apps that the system puts to sleep, such as on iOS, which ends an app that sleeps while it
/// holds a lock on a shared file. It concerns the store: all systems of this process that have it
/// open, and their workers, feeds and waiting handles, which wait and go on afterwards. Nothing is
/// lost that was acknowledged. It is not counted: one `resume` ends it, however often it began.
///
///     // when the app enters the background, in a background task of the system
///     try await system.suspend()
///     // before it enters the foreground
///     try await system.resume()
extension PlanSystem {
  /// Closes all connections and files of the store; running units of work end or are rolled back.
  ///
  /// Reads and units of work that run have the time `limit` to finish. Then they are rolled back
  /// and throw `suspended`. When this method returns, the process holds no connection to the store,
  /// no descriptor of its files and no lock on them. If the time `limit` has not passed when
  /// all have finished, the write-ahead log is copied into the file first, so that the file is whole
  /// by itself; that takes as long as a checkpoint. `calls` says what later calls do until
  /// `resume`; operations of maintenance fail in any case, and workers, feeds and waiting handles
  /// wait. Workers renew no leases meanwhile, so other processes may take their plans. A store
  /// without a file only stops calls.
  ///
  /// Does not block the cooperative threads. Throws `StorageError`: `busy` when a call to the file
  /// system does not end in a further five seconds, after which the store takes no calls but is not
  /// yet closed, so call again; `unsupported` for a store that cannot be suspended; `moved` and
  /// others when the store could no longer be used anyway.
  public func suspend(
    calls: SuspendedCalls = .fail, within limit: Duration = .seconds(2)
  ) async throws {
    try await plans.suspend(calls: calls, within: limit)
  }

  /// Suspends the store as `suspend(calls:within:)` does, and blocks the calling thread.
  ///
  /// Throws the same errors, and `nestedUnitOfWork` inside a unit of work of this store.
  public func suspendBlocking(
    calls: SuspendedCalls = .fail, within limit: Duration = .seconds(2)
  ) throws {
    try plans.suspendBlocking(calls: calls, within: limit)
  }

  /// Opens the store again, as it was; does nothing if it is not suspended.
  ///
  /// Does not block the cooperative threads. Throws `StorageError`: `moved` when the file was
  /// moved, replaced, deleted or truncated, and `schemaTooNew` when another process has migrated it,
  /// after which this system can only be closed; `busy` when another process keeps the file locked,
  /// or a unit of work that `suspend` rolled back still runs its body, for longer than the
  /// `busyTimeout` of `SQLiteOptions` (five seconds); and others when it cannot be opened now, after
  /// which the store is still suspended, so call again.
  ///
  /// Not detected are contents that were changed by other means than SQLite, and the removal of a
  /// log that `suspend` could not copy, because it rolled a unit of work back or another process
  /// used the store.
  public func resume() async throws { try await plans.resume() }

  /// Resumes the store as `resume()` does, and blocks the calling thread; throws the same errors.
  public func resumeBlocking() throws { try plans.resumeBlocking() }
}
