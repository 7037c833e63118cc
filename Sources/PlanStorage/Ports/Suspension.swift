public import PlanDomain
public import Synchronization

/// Whether a store is suspended; one object for all engines of the store in a process.
///
/// Kept by the store, which calls `begin` and `end`. Safe to use from any thread.
///
/// ```swift
/// guard !suspension.isSuspended else {
///   throw StorageError(.suspended, operation: "reading", subject: "the notes")
/// }
/// ```
public final class Suspension: Sendable {
  // Beside the lock, so that a store can ask at each call.
  @usableFromInline let flag = Atomic(false)
  private let state = Locked<SuspendedCalls?>(nil)
  private let resumptions = CommitNotifier()

  /// Creates the state of a store that is not suspended.
  public init() {}

  /// Whether the store is suspended.
  @inlinable public var isSuspended: Bool { flag.load(ordering: .acquiring) }

  /// What calls do while the store is suspended; nil when it is not.
  public var calls: SuspendedCalls? { state.withLock { $0 } }

  /// Begins a suspension, or changes what calls do during the current one.
  public func begin(_ calls: SuspendedCalls) {
    state.withLock { state in
      state = calls
      flag.store(true, ordering: .releasing)
    }
  }

  /// Ends the suspension and calls the handlers of `onResume`; idempotent.
  public func end() {
    let wasSuspended = state.withLock { state in
      defer { state = nil }
      flag.store(false, ordering: .releasing)
      return state != nil
    }
    guard wasSuspended else { return }
    resumptions.notify(CommitNotification(readyActors: [], endedLeases: [], hasEvents: false))
  }

  /// Calls the handler at the end of each suspension until the returned subscription is released.
  ///
  /// The handler runs on the thread that resumes the store and must return quickly.
  public func onResume(_ handler: @escaping @Sendable () -> Void) -> CommitNotifier.Subscription {
    resumptions.subscribe { _ in handler() }
  }
}
