public import PlanDomain

/// A store that can be suspended: for a while it takes no calls and holds nothing of the system.
///
/// A process that sleeps while it holds a lock on a file is a danger to other processes, and some
/// systems end it. Suspension concerns the store, with all its engines in this process. It is not
/// counted: suspending a suspended store only sets what its calls do, and one `resume` ends it,
/// because a process is either about to sleep or awake. `PlanSystem` checks for this conformance
/// once, when it opens the store.
///
/// Obligations:
/// - From the beginning of `suspend` until `resume` has returned, `read`, `write` and `submit` of
///   all engines of the store throw `suspended` without running their bodies. The port does not
///   wait; the lifecycle repeats refused calls for a host that chose `SuspendedCalls.wait`.
/// - Bodies that run have the time `limit` to end. After it, the changes of the others are rolled
///   back, and their calls throw `suspended`, whatever their bodies do then.
/// - When `suspend` has returned, the store holds no connection, no descriptor and no lock. A store
///   without such things only stops calls.
/// - After `resume` the store contains what it contained before: all that was acknowledged, and
///   nothing of what was rolled back. Each call of `Suspension.onResume` takes effect.
/// - Both methods are idempotent. They throw `nestedUnitOfWork` inside a unit of work of the same
///   store on the same thread, and `closed` after `close`. A suspended store can be closed.
public protocol Suspendable: StorageEngine {
  /// Whether the store is suspended.
  ///
  /// All engines of one store in a process share one object.
  var suspension: Suspension { get }

  /// Suspends the store; blocks the calling thread until nothing of it is held any more.
  ///
  /// - Throws: ``Planwright/StorageError/Code/busy`` if a call to the system does not end: the
  ///   store takes no calls then, and calling again waits again.
  ///   ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work of the store;
  ///   ``Planwright/StorageError/Code/closed`` after `close`; other errors of
  ///   ``Planwright/StorageError`` if the store could no longer be used anyway.
  func suspend(_ calls: SuspendedCalls, within limit: Duration) throws

  /// Ends the suspension; blocks the calling thread until the store can be used.
  ///
  /// - Throws: ``Planwright/StorageError/Code/moved`` if the store is no longer in its place, after
  ///   which it cannot be used any more; ``Planwright/StorageError/Code/busy`` and other errors of
  ///   ``Planwright/StorageError`` if it cannot be opened now: it stays suspended then, and calling
  ///   again tries again. ``Planwright/StorageError/Code/nestedUnitOfWork`` inside a unit of work
  ///   of the store; ``Planwright/StorageError/Code/closed`` after `close`.
  func resume() throws
}
