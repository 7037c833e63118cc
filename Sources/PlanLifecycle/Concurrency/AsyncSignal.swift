import PlanDomain
import PlanStorage

/// Wakes one waiting task.
///
/// A signal raised while no task waits is kept for the next wait; several count as one. A wait does
/// not end when its task is cancelled: the code that cancels the task raises the signal as well.
final class AsyncSignal: Sendable {
  private enum State: Sendable {
    case idle
    case raised
    case waiting(CheckedContinuation<Void, Never>)
  }
  private let state = Locked(State.idle)

  func raise() {
    let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard case .waiting(let continuation) = state else {
        state = .raised
        return nil
      }
      state = .idle
      return continuation
    }
    waiter?.resume()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isRaised = state.withLock { state in
        guard case .raised = state else {
          state = .waiting(continuation)
          return false
        }
        state = .idle
        return true
      }
      if isRaised { continuation.resume() }
    }
  }

  /// Waits until the signal is raised, at most until this time.
  ///
  /// Throws `outOfMemory` when the system cannot start a thread.
  func wait(until time: Timestamp?, _ alarms: AlarmThread) async throws(StorageError) {
    guard let time else { return await wait() }
    let alarm = try alarms.schedule(at: time) { [self] in raise() }
    await wait()
    alarms.cancel(alarm)
  }
}
