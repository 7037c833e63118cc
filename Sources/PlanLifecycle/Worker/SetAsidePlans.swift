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
  private let entries = Locked([Plan.ID: Entry]())

  /// The maximum time for which a plan is set aside.
  static let longestPause = Duration.seconds(300)

  /// Sets a plan aside, twice as long after each further failure; returns the time of the next try.
  func add(_ id: Plan.ID, at now: Timestamp, pause first: Duration) -> Timestamp {
    entries.withLock { entries in
      let pause = min(entries[id].map { $0.pause * 2 } ?? first, Self.longestPause)
      let until = now.adding(pause)
      entries[id] = Entry(until: until, pause: pause)
      return until
    }
  }

  /// Removes a plan that did not fail.
  func remove(_ id: Plan.ID) { entries.withLock { $0[id] = nil } }

  /// Returns the plans set aside at this time, and the time at which the next one is tried again.
  func current(at now: Timestamp) -> (ids: Set<Plan.ID>, next: Timestamp?) {
    entries.withLock { entries in
      if entries.isEmpty { return ([], nil) }
      let current = entries.filter { $0.value.until > now }
      return (Set(current.keys), current.values.map(\.until).min())
    }
  }
}
