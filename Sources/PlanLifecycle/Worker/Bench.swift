import PlanDomain
import PlanStorage

/// The assignments that a worker has in hand.
final class Bench: Sendable {
  /// One assignment in hand.
  private struct Place: Sendable {
    let token: LeaseToken
    var handler: Task<Outcome, any Error>?
    var isLost = false
  }

  private struct State: Sendable {
    var places: [Plan.ID: Place] = [:]
    var isStopping = false
  }
  private let state = Guarded(State())

  /// How many assignments are in hand.
  var count: Int { state.withLock { $0.places.count } }

  /// The leases in hand.
  var tokens: [LeaseToken] { state.withLock { $0.places.values.map(\.token) } }

  /// Whether the handlers were told to come to an end.
  var isStopping: Bool { state.withLock { $0.isStopping } }

  func put(_ token: LeaseToken) {
    state.withLock { $0.places[token.plan] = Place(token: token) }
  }

  /// Names the task of an assignment; it is cancelled at once if that was due already.
  func start(_ handler: Task<Outcome, any Error>, for token: LeaseToken) {
    let isDue = state.withLock { state in
      guard state.places[token.plan]?.token == token else { return true }
      state.places[token.plan]?.handler = handler
      return state.isStopping || state.places[token.plan]?.isLost == true
    }
    if isDue { handler.cancel() }
  }

  /// Whether the lease is known to be lost.
  func isLost(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.places[token.plan].map { $0.token != token || $0.isLost } ?? true
    }
  }

  /// Marks a lease of an older epoch as lost and cancels its handler.
  func fence(_ fence: LeaseToken) {
    let handler: Task<Outcome, any Error>? = state.withLock { state in
      guard let place = state.places[fence.plan], place.token.epoch < fence.epoch else {
        return nil
      }
      state.places[fence.plan]?.isLost = true
      return place.handler
    }
    handler?.cancel()
  }

  /// Takes an assignment off the bench; false when it was off already.
  func remove(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      guard state.places[token.plan]?.token == token else { return false }
      state.places[token.plan] = nil
      return true
    }
  }

  /// Cancels every handler, those to come included.
  func cancelAll() {
    let handlers = state.withLock { state in
      state.isStopping = true
      return state.places.values.compactMap(\.handler)
    }
    for handler in handlers { handler.cancel() }
  }
}
