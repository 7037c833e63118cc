package import PlanDomain
import PlanStorage

/// Suspension of the store, for `PlanSystem`.
extension PlanLifecycleService {
  /// Suspends the store and blocks the calling thread until nothing of it is held any more.
  ///
  /// Throws `StorageError`: `unsupported` for a store that cannot be suspended, `busy`, `closed`.
  package func suspendBlocking(calls: SuspendedCalls, within limit: Duration) throws {
    try suspendable("suspending").suspend(calls, within: limit)
  }

  /// Suspends the store as `suspendBlocking` does, without blocking a cooperative thread.
  package func suspend(calls: SuspendedCalls, within limit: Duration) async throws {
    try await blockingExecutor.run { [self] in try suspendBlocking(calls: calls, within: limit) }
  }

  /// Ends the suspension and blocks the calling thread until the store can be used.
  ///
  /// Throws `StorageError`: `unsupported`, `moved`, `busy` and others.
  package func resumeBlocking() throws { try suspendable("resuming").resume() }

  /// Ends the suspension as `resumeBlocking` does, without blocking a cooperative thread.
  package func resume() async throws {
    try await blockingExecutor.run { [self] in try resumeBlocking() }
  }

  private func suspendable(_ operation: String) throws(StorageError) -> any Suspendable {
    guard let suspendable = engine as? any Suspendable else {
      throw StorageError(
        .unsupported, operation: operation, subject: "the store",
        reason: "it does not offer suspension")
    }
    return suspendable
  }
}

/// Calls to a store that may be suspended.
///
/// A store refuses a call while it is suspended; the call is repeated when the store is resumed or
/// closed. The waiting call holds neither a cooperative thread nor anything of the store.
extension PlanLifecycleService {
  /// Runs the call; while the store refuses it, waits for the end of the suspension and repeats it.
  ///
  /// `waits` says, after a refusal, whether to wait. Throws the refusal if not, what the call
  /// throws, and `CancellationError` when the task is cancelled while it waits.
  func repeatingWhenResumed<R>(
    if waits: () -> Bool, _ call: () async throws -> R
  ) async throws -> R {
    do { return try await call() } catch let error where error.isSuspension && waits() {}
    let signal = AsyncSignal()
    let subscriptions = onResumeOrClose { signal.raise() }
    defer { withExtendedLifetime(subscriptions) {} }
    while true {
      // Before the first wait: the store may have been resumed before the subscription.
      do { return try await call() } catch let error where error.isSuspension && waits() {}
      await withTaskCancellationHandler {
        await signal.wait()
      } onCancel: {
        signal.raise()
      }
      try Task.checkCancellation()
    }
  }

  /// Runs the call as the asynchronous form does, and blocks the calling thread while it waits.
  func repeatingWhenResumedBlocking<R>(
    if waits: () -> Bool, _ call: () throws -> R
  ) throws -> R {
    do { return try call() } catch let error where error.isSuspension && waits() {}
    let signal = ThreadSignal()
    let subscriptions = onResumeOrClose { signal.raise() }
    defer { withExtendedLifetime(subscriptions) {} }
    while true {
      do { return try call() } catch let error where error.isSuspension && waits() {}
      signal.wait()
    }
  }

  /// Whether refused calls of hosts wait; true also when the suspension has just ended.
  var callsWait: Bool { suspension?.calls != .fail }

  /// Calls the handler when the store is resumed or this service is closed.
  private func onResumeOrClose(
    _ handler: @escaping @Sendable () -> Void
  ) -> [CommitNotifier.Subscription] {
    [suspension?.onResume(handler), closing.subscribe { _ in handler() }].compactMap { $0 }
  }
}

extension Error {
  /// Whether a store refused the call, or rolled it back, because it is suspended.
  var isSuspension: Bool { StorageError.Code.suspended ~= self }
}
