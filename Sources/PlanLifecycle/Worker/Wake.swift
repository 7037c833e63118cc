import PlanStorage

/// Lets one task wait until somebody has a reason for it to look again.
///
/// A signal that nobody waits for is kept for the next wait; several are one. Waiting goes on
/// when the task is cancelled: who cancels it signals as well.
final class Wake: Sendable {
  private enum State: Sendable {
    case idle
    case signalled
    case waiting(CheckedContinuation<Void, Never>)
  }
  private let state = Guarded(State.idle)

  func signal() {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      defer { state = .signalled }
      guard case .waiting(let continuation) = state else { return nil }
      defer { state = .idle }
      return continuation
    }
    waiter?.resume()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSignalled = state.withLock { state in
        guard case .signalled = state else {
          state = .waiting(continuation)
          return false
        }
        state = .idle
        return true
      }
      if isSignalled { continuation.resume() }
    }
  }
}
