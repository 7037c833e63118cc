import PlanDomain
import PlanStorage

/// The effects of a child's end on its siblings and its parent, in the same unit of work.
extension PlanTransaction {
  /// Updates siblings and parent after a child has ended, or was queued again after its end.
  func noteChange(of child: Plan, before: Plan) throws {
    guard let position = child.definition.position else { return }
    let parent = try plan(position.parent)
    guard parent.status == .executeWaiting, var round = parent.progress.round,
      round.number == position.round
    else { return }
    if child.hasEnded {
      round = round.changed(ended: 1, holding: before.holdsSlot ? -1 : 0)
      if child.hasSucceeded {
        try releaseDependents(of: position)
      } else {
        round = try endWithout(child, position, round)
      }
    } else {
      round = round.changed(ended: -1)
    }
    round = try fillSlots(of: parent.id, round)
    let counted = parent.counting(round)
    guard round.isOver else { return try save(counted, before: parent) }
    let resumed = try counted.applying(.resume, at: now)
    try save(resumed.plan, before: parent, resumed.event)
  }

  /// Decrements the unmet dependencies of the siblings that depend on this child.
  private func releaseDependents(of position: ChildPosition) throws {
    for dependent in try session.dependents(
      on: position.key, parent: position.parent, round: position.round)
    where !dependent.hasEnded {
      try save(dependent.dependencyMet(), before: dependent)
    }
  }

  /// Cancels the siblings that cannot continue without this child; returns the round after that.
  private func endWithout(
    _ child: Plan, _ position: ChildPosition, _ round: ChildRound
  ) throws -> ChildRound {
    let reason = "sibling '\(position.key)' ended as \(child.status)"
    if round.schedule.failFast || round.schedule.mode == .sequential {
      let isBehind: (Plan) -> Bool = {
        $0.definition.position.map { $0.index > position.index } ?? false
      }
      let siblings = try session.children(of: position.parent, round: position.round)
      let affected = siblings.filter { !$0.hasEnded && (round.schedule.failFast || isBehind($0)) }
      return try cancel(affected, reason: reason, round)
    }
    var round = round
    var keys = [position.key]
    while let key = keys.popLast() {
      let dependents = try session.dependents(
        on: key, parent: position.parent, round: position.round
      )
      .filter { !$0.hasEnded }
      round = try cancel(dependents, reason: reason, round)
      keys += dependents.compactMap { $0.definition.position?.key }
    }
    return round
  }

  private func cancel(
    _ siblings: [Plan], reason: String, _ round: ChildRound
  ) throws -> ChildRound {
    var round = round
    for sibling in siblings {
      round = round.changed(ended: 1, holding: sibling.holdsSlot ? -1 : 0)
      _ = try cancelTree(sibling, reason: reason)
    }
    return round
  }

  /// Makes the next children ready, in spawn order, within the free slots; returns the round after
  /// that.
  private func fillSlots(of parent: Plan.ID, _ round: ChildRound) throws -> ChildRound {
    guard round.freeSlots > 0, !round.isOver else { return round }
    let next = try session.startableChildren(
      of: parent, round: round.number, limit: round.freeSlots)
    for child in next { try save(child.takingSlot(at: now), before: child) }
    return round.changed(holding: next.count)
  }

  /// Cancels a plan and every descendant that is not final; returns the plan.
  func cancelTree(
    _ plan: Plan, reason: String, origin: CommandOrigin? = nil
  ) throws -> Plan {
    let cancelled = try cancelAlone(plan, reason: reason, origin)
    var pending = [plan]
    while let parent = pending.popLast() {
      for child in try snapshot.children(of: parent) {
        if !child.isFinal { _ = try cancelAlone(child, reason: reason, origin) }
        pending.append(child)
      }
    }
    return cancelled
  }

  /// Cancels one plan, and counts all its children as ended.
  private func cancelAlone(
    _ plan: Plan, reason: String, _ origin: CommandOrigin?
  ) throws -> Plan {
    let transition = try plan.applying(.cancel(reason: reason), at: now, origin: origin)
    var cancelled = transition.plan
    if let round = cancelled.progress.round {
      cancelled = cancelled.counting(
        round.changed(ended: round.total - round.ended, holding: -round.holding))
    }
    try save(cancelled, before: plan, transition.event)
    return cancelled
  }
}
