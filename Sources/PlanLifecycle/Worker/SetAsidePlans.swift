import PlanDomain
import PlanStorage

/// The plans that failed by themselves, and when each is looked at again.
///
/// So that no plan, whatever is stored of it, keeps a worker from the others.
final class SetAsidePlans: Sendable {
  private struct Entry: Sendable {
    var until: Timestamp
    var pause: Duration
  }
  private let entries = Locked([Plan.ID: Entry]())

  /// The longest time for which a plan is left alone.
  static let longestPause = Duration.seconds(300)

  /// Leaves a plan alone for this long, and twice as long each time that it fails again; when it is
  /// looked at again.
  func add(_ id: Plan.ID, at now: Timestamp, pause first: Duration) -> Timestamp {
    entries.withLock { entries in
      let pause = min(entries[id].map { $0.pause * 2 } ?? first, Self.longestPause)
      let until = now.adding(pause)
      entries[id] = Entry(until: until, pause: pause)
      return until
    }
  }

  /// Forgets a plan that did not fail this time.
  func remove(_ id: Plan.ID) { entries.withLock { $0[id] = nil } }

  /// The plans to leave alone at this time, and when the next one is looked at again.
  func current(at now: Timestamp) -> (ids: Set<Plan.ID>, next: Timestamp?) {
    entries.withLock { entries in
      if entries.isEmpty { return ([], nil) }
      let current = entries.filter { $0.value.until > now }
      return (Set(current.keys), current.values.map(\.until).min())
    }
  }
}
