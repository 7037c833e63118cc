package import PlanDomain

/// The contents of an explored store at a time: one tree of plans.
package struct TreeState: Sendable {
  /// The plans, oldest first: the root, then its descendants.
  package let plans: [Plan]
  /// The names of the plans, in the same order.
  package let names: [String]
  /// The time.
  package let now: Timestamp

  /// Creates a state from plans in order of their creation.
  init(_ plans: [Plan], at now: Timestamp) {
    self.plans = plans
    self.now = now
    var names: [String] = []
    names.reserveCapacity(plans.count)
    for plan in plans {
      guard let position = plan.definition.position else {
        names.append("root")
        continue
      }
      let parent = plans.firstIndex { $0.id == position.parent }.map { names[$0] } ?? "?"
      let round = position.round > 1 ? "\(position.round)" : ""
      names.append("\(parent)/\(round)\(position.key)")
    }
    self.names = names
  }

  private init(_ plans: [Plan], _ names: [String], at now: Timestamp) {
    self.plans = plans
    self.names = names
    self.now = now
  }

  /// The same plans at another time.
  func at(_ time: Timestamp) -> TreeState { TreeState(plans, names, at: time) }

  /// The plan of this name.
  package func plan(_ name: String) -> Plan? { names.firstIndex(of: name).map { plans[$0] } }

  /// The plan with this id.
  func plan(_ id: Plan.ID) -> Plan? { plans.first { $0.id == id } }

  /// The root.
  var root: Plan? { plans.first }

  /// The children of a plan in a round, in spawn order.
  func children(of parent: Plan.ID, round: Int) -> [Plan] {
    plans.filter {
      $0.definition.position?.parent == parent && $0.definition.position?.round == round
    }
    .sorted { ($0.definition.position?.index ?? 0) < ($1.definition.position?.index ?? 0) }
  }

  /// The next time at which a rule can decide differently; nil when none is to come.
  var nextTime: Timestamp? {
    var next: Timestamp?
    for plan in plans {
      let progress = plan.progress
      let times = [
        progress.readyAt, progress.lease?.expiresAt, progress.lease?.end, plan.awaitedNotBefore,
      ]
      for case let time? in times where time > now { next = min(next ?? time, time) }
    }
    return next
  }
}

extension Plan {
  /// The `notBefore` of a child that has never had a slot; it decides when the child takes one.
  var awaitedNotBefore: Timestamp? {
    awaitsSlot && progress.epoch == 0 ? definition.notBefore : nil
  }

  /// Whether the plan can be claimed at this time.
  func isDue(at now: Timestamp) -> Bool {
    status.state == .queued && (progress.readyAt.map { $0 <= now } ?? false)
  }
}
