import Planwright

/// A plan and its descendants with their histories, as a report shows them: at most as many as a
/// person can look at.
struct TreeReport: Sendable {
  /// The largest number of plans whose details are read.
  static let largestPlanCount = 1_000
  /// The largest number of events that are read of one plan, and of all together.
  static let (eventsPerPlan, largestEventCount) = (200, 20_000)

  /// The plan of the report.
  let top: Plan
  /// The plan and its descendants, each after its parent; failed ones come before others into it
  /// when there are too many.
  let plans: [Plan]
  /// The groups of all plans, also of those that are not in `plans`.
  let counts: GroupCounts
  /// The events of the plans, the latest ones of those that have many.
  let events: [Plan.ID: [PlanEvent]]
  /// How many events of the plans were not read.
  let eventsLeftOut: Int
  let now: Timestamp
  /// What is kept of the standard error of the plans' programs, the latest attempt last.
  var programErrors: [Plan.ID: [KeptError]] = [:]

  /// How many plans are not in `plans`.
  var plansLeftOut: Int { counts.total - plans.count }

  /// The plans that failed.
  var failures: [Plan] { plans.filter { $0.group == .failed } }

  /// The number of attempts of all plans, as far as their events tell.
  var attempts: Int {
    events.values.reduce(0) { $0 + $1.count { $0.command == .claim } }
  }

  /// Reads the plan that is named, its descendants and their events from one snapshot.
  ///
  /// Throws as `PlanReference.find` does.
  init(
    _ reference: PlanReference, in snapshot: borrowing PlanSnapshot, at now: Timestamp
  ) throws {
    self.now = now
    top = try reference.find(in: snapshot)
    var trees = WatchedTrees(top: top.id)
    for plan in try snapshot.tree(top.definition.root) { trees.update(plan) }
    counts = trees.counts
    plans = Self.selection(trees)
    var (events, count): ([Plan.ID: [PlanEvent]], Int) = ([:], 0)
    for plan in plans where count < Self.largestEventCount {
      let first = max(0, plan.version - Self.eventsPerPlan)
      let found = try snapshot.events(of: plan.id, after: first)
      events[plan.id] = found
      count += found.count
    }
    self.events = events
    eventsLeftOut = plans.reduce(0) { $0 + $1.version } - count
  }

  /// The most urgent plans with their ancestors, in their order.
  private static func selection(_ trees: WatchedTrees) -> [Plan] {
    let entries = trees.entries
    guard entries.count > largestPlanCount else { return entries.map(\.plan) }
    var isChosen = [Bool](repeating: false, count: entries.count)
    var free = largestPlanCount
    let order = entries.indices.sorted { a, b in
      (entries[a].plan.group.rawValue, a) < (entries[b].plan.group.rawValue, b)
    }
    for place in order where free > 0 {
      var path: [Int] = []
      var next: Int? = place
      while let current = next, !isChosen[current] {
        path.append(current)
        next = entries[current].parent
      }
      guard path.count <= free else { continue }
      for place in path { isChosen[place] = true }
      free -= path.count
    }
    return entries.indices.filter { isChosen[$0] }.map { entries[$0].plan }
  }
}
