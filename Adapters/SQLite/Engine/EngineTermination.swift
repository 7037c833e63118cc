import PlanStorage
import Synchronization

/// Why an engine takes no more calls, once there is a reason; it never goes away again.
///
/// Safe to use from any thread; the reason that comes first stays.
final class EngineTermination: Sendable {
  private let hasCome = Atomic(false)
  private let reason = Locked<StorageError?>(nil)
  private let handler = Locked<(@Sendable () -> Void)?>(nil)

  /// Has this called, once, by the thread that finds the reason.
  func whenOver(_ handler: @escaping @Sendable () -> Void) {
    self.handler.withLock { $0 = handler }
  }

  /// Whether the engine is over.
  var isOver: Bool { hasCome.load(ordering: .acquiring) }

  /// Throws the reason, when there is one, for what is being done now.
  func check(_ operation: String) throws(StorageError) {
    guard isOver, let error = reason.withLock({ $0 }) else { return }
    throw StorageError(
      error.code, operation: operation, subject: error.subject, reason: error.reason)
  }

  /// Ends the engine when an error says that nothing it does from now on would count.
  func note(_ error: any Error) {
    guard let error = error as? StorageError, [.moved, .schemaTooNew].contains(error.code) else {
      return
    }
    let isFirst = reason.withLock { reason in
      defer { reason = reason ?? error }
      return reason == nil
    }
    guard isFirst else { return }
    hasCome.store(true, ordering: .releasing)
    handler.withLock { $0 }?()
  }
}
