import PlanDomain
import PlanStorage

/// Where handlers wait until the schedule lets them go on.
final class HandlerGates: Sendable {
  private struct Waiting: Sendable {
    let number: Int
    let token: LeaseToken
    let continuation: CheckedContinuation<Void, Never>
  }
  private struct State: Sendable {
    var waiting: [Waiting] = []
    var passed = 0
    var cancelled: Set<Int> = []
  }
  private let state = Locked(State())

  /// The number of handlers that wait.
  var count: Int { state.withLock { $0.waiting.count } }

  /// The leases of handlers that wait and were not cancelled.
  var uncancelled: [LeaseToken] {
    state.withLock { state in
      state.waiting.filter { !state.cancelled.contains($0.number) }.map(\.token)
    }
  }

  /// Waits until the schedule opens the gate or, for a handler that listens, until it is cancelled.
  func pass(_ token: LeaseToken, listens: Bool) async {
    let number = state.withLock { state in
      state.passed += 1
      return state.passed
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isCancelled = state.withLock { state in
          if listens, state.cancelled.contains(number) { return true }
          state.waiting.append(
            Waiting(number: number, token: token, continuation: continuation))
          return false
        }
        if isCancelled { continuation.resume() }
      }
    } onCancel: {
      cancel(number, opens: listens)
    }
  }

  private func cancel(_ number: Int, opens: Bool) {
    let waiting = state.withLock { state in
      state.cancelled.insert(number)
      let index = opens ? state.waiting.firstIndex { $0.number == number } : nil
      return index.map { state.waiting.remove(at: $0) }
    }
    waiting?.continuation.resume()
  }

  /// Opens the gate of a handler; they are in the order in which they came.
  func open(_ index: Int) {
    state.withLock { $0.waiting.remove(at: index) }.continuation.resume()
  }
}
