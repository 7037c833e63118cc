import PlanDomain
import PlanStorage

/// The plans that were set aside after a failure, and the times at which they are tried again.
///
/// They keep an unreadable or failing plan from blocking the others. Safe to use from any thread.
final class SetAsidePlans: Sendable {
  private struct Entry: Sendable {
    var until: Timestamp
    var pause: Duration
  }
  private struct State: Sendable {
    var entries: [Plan.ID: Entry] = [:]
    /// The number of entries at which those are removed that no longer matter.
    var limit = 256

    /// Removes the plans that were not tried again for as long as they had been set aside.
    ///
    /// Others have executed or purged them, so that they would stay for ever.
    mutating func removeOld(at now: Timestamp) {
      guard entries.count >= limit else { return }
      entries = entries.filter { $0.value.until.adding($0.value.pause) > now }
      limit = max(256, 2 * entries.count)
    }
  }
  private let state = Locked(State())

  /// The number of plans that are kept, those included whose time has come.
  var count: Int { state.withLock { $0.entries.count } }

  /// The maximum time for which a plan is set aside.
  static let longestPause = Duration.seconds(300)

  /// Sets a plan aside, twice as long after each further failure; returns the time of the next try.
  func add(
    _ id: Plan.ID, at now: Timestamp, pause first: Duration, longest: Duration = longestPause
  ) -> Timestamp {
    state.withLock { state in
      state.removeOld(at: now)
      let pause = min(state.entries[id].map { $0.pause * 2 } ?? first, longest)
      let until = now.adding(pause)
      state.entries[id] = Entry(until: until, pause: pause)
      return until
    }
  }

  /// Removes a plan that did not fail.
  func remove(_ id: Plan.ID) { state.withLock { $0.entries[id] = nil } }

  /// Returns the plans set aside at this time, and the time at which the next one is tried again.
  func current(at now: Timestamp) -> (ids: Set<Plan.ID>, next: Timestamp?) {
    state.withLock { state in
      if state.entries.isEmpty { return ([], nil) }
      let current = state.entries.filter { $0.value.until > now }
      return (Set(current.keys), current.values.map(\.until).min())
    }
  }
}
