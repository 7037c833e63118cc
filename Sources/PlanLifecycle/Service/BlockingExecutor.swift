import Dispatch

/// Threads of our own for calls that may block.
///
/// A blocked cooperative thread keeps every other task of the process waiting; a blocked thread
/// of this queue keeps nobody.
struct BlockingExecutor: Sendable {
  private let queue = DispatchQueue(label: "planwright.blocking", attributes: .concurrent)

  /// Runs the call on a thread that may block.
  func run<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try call() }) }
    }
  }
}
