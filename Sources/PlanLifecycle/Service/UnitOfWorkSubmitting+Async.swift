import PlanStorage

extension UnitOfWorkSubmitting {
  /// Queues the body and waits for its outcome without blocking a thread.
  ///
  /// Throws `CancellationError` if the task is cancelled before the body began; nothing was changed
  /// then.
  func submitted(_ body: @escaping @Sendable (any UnitOfWork) throws -> Void) async throws {
    let pending = PendingSubmission()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        pending.set(submit(body) { continuation.resume(with: $0) })
      }
    } onCancel: {
      pending.cancel()
    }
  }
}

/// A submission that can be cancelled before it exists.
private final class PendingSubmission: Sendable {
  private let state = Locked<(submission: SubmittedUnitOfWork?, isCancelled: Bool)>((nil, false))

  func set(_ submission: SubmittedUnitOfWork) {
    let isCancelled = state.withLock { state in
      state.submission = submission
      return state.isCancelled
    }
    if isCancelled { submission.cancel() }
  }

  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      return state.submission
    }?.cancel()
  }
}
