import PlanDomain
import PlanStorage

/// The assignments that a run of a worker has claimed and whose outcomes it has not yet reported.
///
/// Safe to use from any thread.
final class InFlightAssignments: Sendable {
  private struct Entry: Sendable {
    let token: LeaseToken
    var handler: Task<HandlerOutcome, any Error>?
    var isLost = false
    var isReporting = false
    /// The time at which a report that failed is repeated.
    var pauseEnd: Timestamp?
    /// Whether another assignment, claimed together with this one's outcome, has its slot.
    var hasGivenSlot = false
  }

  private struct State: Sendable {
    var entries: [Plan.ID: Entry] = [:]
    var isStopping = false
  }
  private let state = Locked(State())

  /// The number of slots in use.
  var count: Int { state.withLock { $0.entries.values.count { !$0.hasGivenSlot } } }

  /// The leases of the assignments.
  var tokens: [LeaseToken] { state.withLock { $0.entries.values.map(\.token) } }

  /// Whether no handler runs and no outcome is being reported at this time; pauses between reports
  /// do not count.
  func isIdle(at now: Timestamp) -> Bool {
    state.withLock { $0.entries.values.allSatisfy { $0.pauseEnd.map { $0 > now } ?? false } }
  }

  /// The earliest time at which a report that failed is repeated; nil without one.
  var nextPauseEnd: Timestamp? {
    state.withLock { $0.entries.values.compactMap(\.pauseEnd).min() }
  }

  /// Records that the report of an outcome failed and is repeated at this time.
  func pause(_ token: LeaseToken, until end: Timestamp?) {
    state.withLock { $0.entries[token.plan]?.pauseEnd = end }
  }

  /// Whether the handlers were cancelled because the run ends.
  var isStopping: Bool { state.withLock { $0.isStopping } }

  func insert(_ token: LeaseToken) {
    state.withLock { $0.entries[token.plan] = Entry(token: token) }
  }

  /// Adds an assignment that takes the slot of another one, whose outcome is being committed.
  func insert(_ token: LeaseToken, inSlotOf old: LeaseToken) {
    state.withLock { state in
      // The same plan may be claimed again, for its next phase.
      if state.entries[old.plan]?.token == old { state.entries[old.plan]?.hasGivenSlot = true }
      state.entries[token.plan] = Entry(token: token)
    }
  }

  /// Reverses `insert(_:inSlotOf:)` after the unit of work was rolled back.
  func remove(_ token: LeaseToken, inSlotOf old: LeaseToken) {
    state.withLock { state in
      if state.entries[token.plan]?.token == token { state.entries[token.plan] = nil }
      if token.plan == old.plan { state.entries[old.plan] = Entry(token: old, isReporting: true) }
      if state.entries[old.plan]?.token == old { state.entries[old.plan]?.hasGivenSlot = false }
    }
  }

  /// Sets the task of an assignment; cancels it at once if the run ends or the lease is lost.
  func start(_ handler: Task<HandlerOutcome, any Error>, for token: LeaseToken) {
    let isCancelled = state.withLock { state in
      guard state.entries[token.plan]?.token == token else { return true }
      state.entries[token.plan]?.handler = handler
      return state.isStopping || state.entries[token.plan]?.isLost == true
    }
    if isCancelled { handler.cancel() }
  }

  /// Whether the lease is lost, as far as this run knows.
  func isLost(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.entries[token.plan].map { $0.token != token || $0.isLost } ?? true
    }
  }

  /// Records that the handler has ended and its outcome is being reported.
  func beginReporting(_ token: LeaseToken) {
    state.withLock { $0.entries[token.plan]?.isReporting = true }
  }

  /// Whether the handler is running, so that a refused renewal means that its lease is lost.
  func isRunning(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      state.entries[token.plan].map {
        $0.token == token && $0.handler != nil && !$0.isReporting
      } ?? false
    }
  }

  /// Marks a lease of an older epoch as lost and cancels its handler.
  ///
  /// Returns the lease if its handler runs and it was not known to be lost.
  func fence(_ fence: LeaseToken) -> LeaseToken? {
    let lost: Entry? = state.withLock { state in
      guard let entry = state.entries[fence.plan], entry.token.epoch < fence.epoch, !entry.isLost
      else { return nil }
      state.entries[fence.plan]?.isLost = true
      return entry
    }
    guard let lost, !lost.isReporting else { return nil }
    lost.handler?.cancel()
    return lost.token
  }

  /// Removes an assignment; returns whether it was present.
  func remove(_ token: LeaseToken) -> Bool {
    state.withLock { state in
      guard state.entries[token.plan]?.token == token else { return false }
      state.entries[token.plan] = nil
      return true
    }
  }

  /// Cancels all handlers, including those that start later.
  func cancelAll() {
    let handlers = state.withLock { state in
      state.isStopping = true
      return state.entries.values.compactMap(\.handler)
    }
    for handler in handlers { handler.cancel() }
  }
}
