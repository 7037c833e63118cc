import PlanStorage
import Synchronization

/// The reason for which an engine is terminated and rejects all calls; once set, it never changes.
///
/// Safe to use from any thread; the first reason is kept.
final class EngineTermination: Sendable {
  private let hasReason = Atomic(false)
  private let reason = Locked<StorageError?>(nil)
  private let handler = Locked<(@Sendable () -> Void)?>(nil)

  /// Sets the handler that is called once, on the thread that detects the reason.
  func onTermination(_ handler: @escaping @Sendable () -> Void) {
    self.handler.withLock { $0 = handler }
  }

  /// Whether the engine is terminated.
  var isTerminated: Bool { hasReason.load(ordering: .acquiring) }

  /// Throws the reason, with this operation, if the engine is terminated.
  func check(_ operation: String) throws(StorageError) {
    guard isTerminated, let error = reason.withLock({ $0 }) else { return }
    throw StorageError(
      error.code, operation: operation, subject: error.subject, reason: error.reason)
  }

  /// Terminates the engine if the error is `moved` or `schemaTooNew`.
  func note(_ error: any Error) {
    guard let error = error as? StorageError, [.moved, .schemaTooNew].contains(error.code) else {
      return
    }
    let isFirst = reason.withLock { reason in
      defer { reason = reason ?? error }
      return reason == nil
    }
    guard isFirst else { return }
    hasReason.store(true, ordering: .releasing)
    handler.withLock { $0 }?()
  }
}
