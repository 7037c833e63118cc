public import PlanDomain
import PlanStorage

/// The input of a handler: one attempt at one phase of one plan.
///
/// A value, valid as long as its lease. ``token``, ``phase`` and ``attempt`` identify the attempt.
/// A handler whose effects must not occur twice gives them a key that is the same in every attempt at
/// the same work: the plan's id, the phase, and the number of reversions.
///
/// ```swift
/// let handler: PlanHandler = { assignment, _ in
///   let key = "\(assignment.plan.id)/\(assignment.phase)/\(assignment.plan.progress.reversionCount)"
///   try await send(assignment.arguments["text"], key: key)
///   return .complete(.null)
/// }
/// ```
public struct Assignment: Hashable, Sendable {
  /// The plan at the time of the claim.
  public let plan: Plan
  /// The lease token, required for each write to the plan.
  public let token: LeaseToken
  /// The outcomes of the latest spawn's children, in spawn order.
  public let children: [ChildOutcome]
  /// The reason of the latest revert; nil without one.
  public let lastRevert: String?

  /// The phase to execute.
  public var phase: PlanPhase { plan.status.phase }
  /// The number of the attempt, from 1.
  public var attempt: Int { plan.progress.attempt }
  /// The arguments, in the action's order.
  public var arguments: JSONObject { plan.definition.arguments }
  /// The input of this phase, which the latest `advance` carried; nil without one.
  public var input: JSONValue? { plan.progress.input }
  /// The texts that the use gave for the handlers of the plan and of its descendants.
  public var context: [String: String] { plan.definition.context }
  /// The latest checkpoint of this phase.
  public var checkpoint: Plan.Checkpoint? { plan.progress.checkpoint }
  /// The result of an earlier phase; nil when the phase has none.
  public func result(of phase: PlanPhase) -> JSONValue? { plan.progress.result(of: phase) }

  /// The time at which the attempt times out; nil without a time-out.
  var end: Timestamp? { plan.progress.lease?.end }
}

/// The outcome of a child.
public struct ChildOutcome: Hashable, Sendable {
  /// The child's key among its siblings.
  public let key: Key
  /// The child.
  public let plan: Plan

  /// The child's id.
  public var id: Plan.ID { plan.id }
  /// The child's status.
  public var status: PlanStatus { plan.status }
  /// Whether the child ended successfully.
  public var hasSucceeded: Bool { plan.hasSucceeded }
  /// The failure of a child that did not succeed.
  public var failure: Plan.Failure? { plan.progress.failure }
  /// The child's result of this phase.
  public func result(of phase: PlanPhase) -> JSONValue? { plan.progress.result(of: phase) }
}

extension PlanTransaction {
  /// Creates the assignment for a plan that this unit of work has claimed; nil without a lease.
  ///
  /// For hosts that claim plans themselves and pass them to a ``PlanHandler``.
  ///
  /// ```swift
  /// let assignments = try await system.plans.write { transaction in
  ///   let plans = try transaction.claim(
  ///     owner: "importer/1", actors: ["importer"], limit: 4, leaseFor: .seconds(60))
  ///   return try plans.compactMap { try transaction.assignment(for: $0) }
  /// }
  /// ```
  ///
  /// - Throws: ``StorageError`` if the store fails.
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
