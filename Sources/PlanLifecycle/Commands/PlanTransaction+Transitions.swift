import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Executes a command, and then the command that `next` returns for the changed plan, if any.
  ///
  /// The event of the first command records `origin`.
  func carryOut(
    _ command: PlanCommand, on plan: Plan, origin: CommandOrigin? = nil,
    then next: (Plan) -> PlanCommand? = { _ in nil }
  ) throws -> Plan {
    let first = try plan.applying(command, at: now, origin: origin)
    guard let command = next(first.plan) else {
      return try store(first.plan, before: plan, first.event)
    }
    let second = try first.plan.applying(command, at: now)
    return try store(second.plan, before: plan, first.event, second.event)
  }

  /// Writes a changed plan with its events, and the resulting changes of its siblings and parent.
  private func store(
    _ plan: Plan, before: Plan, _ event: PlanEvent?, _ next: PlanEvent? = nil
  ) throws -> Plan {
    let plan = queued(plan, before: before)
    try save(plan, before: before, event, next)
    if plan.hasEnded != before.hasEnded {
      try noteChange(of: plan, before: before)
      if plan.awaitsSlot { return try self.plan(plan.id) }
    }
    return plan
  }

  /// Applies the only rule for a child that becomes queued: it keeps its slot, or waits for one.
  private func queued(_ plan: Plan, before: Plan) -> Plan {
    guard plan.definition.position != nil, plan.status.state == .queued, !before.holdsSlot else {
      return plan
    }
    return plan.ready(at: nil)
  }

  /// Writes a changed plan with its events, and nothing else.
  func save(
    _ plan: Plan, before: Plan, _ event: PlanEvent? = nil, _ next: PlanEvent? = nil
  ) throws {
    guard plan != before else { return }
    try session.save(plan, replacing: before)
    try record(plan, before: before, event, next)
  }

  /// Appends the events of a plan that has just been written.
  func record(
    _ plan: Plan, before: Plan?, _ event: PlanEvent?, _ next: PlanEvent? = nil
  ) throws {
    changes.note(plan, before: before, hasEvents: event != nil)
    if let event { try session.append(event) }
    if let next { try session.append(next) }
  }
}
