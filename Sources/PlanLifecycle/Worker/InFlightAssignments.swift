import PlanDomain
import PlanStorage

/// The assignments that a run of a worker has claimed and not yet reported on.
final class InFlightAssignments: Sendable {
  private struct Entry: Sendable {
    let token: LeaseToken
    var handler: Task<Outcome, any Error>?
    var isLost = false
    var isReporting = false
  }

  private struct State: Sendable {
    var entries: [Plan.ID: Entry] = [:]
    var isStopping = false
  }
  private let state = Locked(State())

  /// How many assignments there are.
  var count: Int { state.withLock { $0.entries.count } }

  /// Their leases.
  var tokens: [LeaseToken] { state.withLock { $0.entries.values.map(\.token) } }

  /// Whether the handlers were told to come to an end.
  var isStopping: Bool { state.withLock { $0.isStopping } }

  func insert(_ token: LeaseToken) {
    state.withLock { $0.entries[token.plan] = Entry(token: token) }
  }

  /// Names the task of an assignment; it is cancelled at once if that was due already.
  func start(_ handler: Task<Outcome, any Error>, for token: LeaseToken) {
    let isDue = state.withLock { state in
      guard state.entries[token.plan]?.token == token else { return true }
      state.entries[token.plan]?.handler = handler
      return state.isStopping || state.entries[token.plan]?.isLost == true
    }
    if isDue { handler.cancel() }
  }

  /// Whether the lease is known to be lost.
  func isLost(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.entries[token.plan].map { $0.token != token || $0.isLost } ?? true
    }
  }

  /// Notes that the handler has ended and its outcome is being reported.
  func beginReporting(_ token: LeaseToken) {
    state.withLock { $0.entries[token.plan]?.isReporting = true }
  }

  /// Whether the handler still runs: then a refused renewal means that its lease is lost.
  func isRunning(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.entries[token.plan].map {
        $0.token == token && $0.handler != nil && !$0.isReporting
      } ?? false
    }
  }

  /// Marks a lease of an older epoch as lost and cancels its handler.
  func fence(_ fence: LeaseToken) {
    let handler: Task<Outcome, any Error>? = state.withLock { state in
      guard let entry = state.entries[fence.plan], entry.token.epoch < fence.epoch else {
        return nil
      }
      state.entries[fence.plan]?.isLost = true
      return entry.handler
    }
    handler?.cancel()
  }

  /// Removes an assignment; false when it was removed before.
  func remove(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      guard state.entries[token.plan]?.token == token else { return false }
      state.entries[token.plan] = nil
      return true
    }
  }

  /// Cancels every handler, those to come included.
  func cancelAll() {
    let handlers = state.withLock { state in
      state.isStopping = true
      return state.entries.values.compactMap(\.handler)
    }
    for handler in handlers { handler.cancel() }
  }
}
