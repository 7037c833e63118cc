import PlanStorage

/// Runs calls that may block on threads of its own.
///
/// A blocked cooperative thread delays all tasks of the process. So would one of a Dispatch queue:
/// on Linux, its concurrent queues use the threads that run the tasks. Safe to use from any thread.
final class BlockingExecutor: Sendable {
  private typealias Call = @Sendable () -> Void

  private struct State: Sendable {
    /// The calls that wait for a thread, the oldest first.
    ///
    /// A slice keeps its first element in memory after it was removed: it is set to nil before.
    private var calls: ArraySlice<Call?> = []
    /// The signals of the threads that wait for a call.
    var idle: [ThreadSignal] = []
    var threads = 0

    mutating func append(_ call: @escaping Call) { calls.append(call) }

    /// Removes the oldest call, and with it all that it holds.
    mutating func popFirst() -> Call? {
      guard !calls.isEmpty else { return nil }
      let call = calls[calls.startIndex].take()
      calls.removeFirst()
      return call
    }
  }

  /// The maximum number of threads; further calls wait.
  private static let maximum = 64
  /// The time for which a thread waits for its next call before it ends.
  private static let patience = Duration.seconds(5)

  private let state = Locked(State())

  /// Runs the call on a thread that may block, and waits for its result.
  func run<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
    // Empty, for the thread sanitizer: Swift's runtime does not show it the order of a continuation
    // that is resumed before its task waits, so that it would report races in the result.
    defer { state.withLock { _ in } }
    return try await withCheckedThrowingContinuation { continuation in
      start { [self] in
        let result = Result { try call() }
        state.withLock { _ in }
        continuation.resume(with: result)
      }
    }
  }

  /// Runs the call on a thread that may block, and returns at once.
  ///
  /// If the system cannot start a thread, the call waits for a running one; without one, it runs on
  /// the calling thread.
  func start(_ call: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state in
      state.append(call)
      if let idle = state.idle.popLast() {
        idle.raise()
        return false
      }
      guard state.threads < Self.maximum else { return false }
      state.threads += 1
      return true
    }
    guard needsThread, !DetachedThread.start({ [self] in serve() }) else { return }
    let call = state.withLock { state in
      state.threads -= 1
      return state.threads == 0 ? state.popFirst() : nil
    }
    call?()
  }

  private func serve() {
    let signal = ThreadSignal()
    while true {
      let call = state.withLock { state in
        let call = state.popFirst()
        if call == nil { state.idle.append(signal) }
        return call
      }
      if let call {
        call()
        continue
      }
      signal.wait(atMost: Self.patience)
      let ends = state.withLock { state in
        // A thread that is not idle any more has been given a call.
        guard let position = state.idle.firstIndex(where: { $0 === signal }) else { return false }
        state.idle.remove(at: position)
        state.threads -= 1
        return true
      }
      if ends { return }
    }
  }
}
