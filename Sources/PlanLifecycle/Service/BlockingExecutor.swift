import Dispatch

/// Runs calls that may block on threads of its own.
///
/// A blocked cooperative thread delays all tasks of the process; a blocked thread of this queue
/// delays none.
struct BlockingExecutor: Sendable {
  private let queue = DispatchQueue(label: "planwright.blocking", attributes: .concurrent)

  /// Runs the call on a thread that may block, and waits for its result.
  func run<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try call() }) }
    }
  }

  /// Runs the call on a thread that may block, and returns at once.
  func start(_ call: @escaping @Sendable () -> Void) { queue.async { call() } }
}
