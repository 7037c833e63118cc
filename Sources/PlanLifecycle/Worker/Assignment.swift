public import PlanDomain
import PlanStorage

/// What a handler is given: one attempt at one phase of one plan.
///
/// `token`, plan, phase and attempt together name the attempt: a handler that must not take effect
/// twice keys its effects by them.
public struct Assignment: Hashable, Sendable {
  /// The plan as it was when it was claimed.
  public let plan: Plan
  /// The lease that every write to the plan presents.
  public let token: LeaseToken
  /// How the children of the latest spawn ended, in spawn order.
  public let children: [ChildOutcome]
  /// Why the plan went back to strategize the last time, if it did.
  public let lastRevert: String?

  /// The phase to do.
  public var phase: PlanPhase { plan.status.phase }
  /// Which attempt this is, from 1.
  public var attempt: Int { plan.progress.attempt }
  /// The arguments, in the action's order.
  public var arguments: JSONObject { plan.definition.arguments }
  /// The point that an earlier attempt reached.
  public var checkpoint: Plan.Checkpoint? { plan.progress.checkpoint }
  /// The result of an earlier phase.
  public func result(of phase: PlanPhase) -> JSONValue? { plan.progress.result(of: phase) }
}

/// How a child ended.
public struct ChildOutcome: Hashable, Sendable {
  /// The child's key among its siblings.
  public let key: Key
  /// The child.
  public let plan: Plan

  /// The child's id.
  public var id: Plan.ID { plan.id }
  /// Where it ended.
  public var status: PlanStatus { plan.status }
  /// Whether it reached what it was made for.
  public var hasSucceeded: Bool { plan.hasSucceeded }
  /// Why it did not.
  public var failure: Plan.Failure? { plan.progress.failure }
  /// What this phase of it resulted in.
  public func result(of phase: PlanPhase) -> JSONValue? { plan.progress.result(of: phase) }
}

/// What a handler makes of its assignment.
public enum Outcome: Hashable, Sendable {
  /// The phase is done.
  case complete(JSONValue)
  /// Applying is not possible for a reason outside the plan.
  case constrain(reason: String)
  /// The attempt failed.
  case fail(Plan.Failure)
  /// Children are to do the work; the phase goes on when all of them have ended.
  case spawn([ChildSpec], ChildSchedule)
}

extension PlanTransaction {
  /// What the handler of a plan that was just claimed is given.
  public func assignment(for plan: Plan) throws -> Assignment? {
    guard let token = plan.leaseToken else { return nil }
    var children: [ChildOutcome] = []
    if plan.status.phase == .execute, let round = plan.progress.round, round.total > 0 {
      children = try session.children(of: plan.id, round: round.number).compactMap { child in
        child.definition.position.map { ChildOutcome(key: $0.key, plan: child) }
      }
    }
    return Assignment(
      plan: plan, token: token, children: children,
      lastRevert: plan.progress.reversionCount > 0 ? try lastRevert(of: plan) : nil)
  }

  private func lastRevert(of plan: Plan) throws -> String? {
    var after = 0
    var reason: String?
    while true {
      let events = try session.events(of: plan.id, after: after, limit: 1000)
      for event in events where event.command == .revert {
        if case .reason(let text)? = event.detail { reason = text }
      }
      guard let last = events.last else { return reason }
      after = last.sequence
    }
  }
}
