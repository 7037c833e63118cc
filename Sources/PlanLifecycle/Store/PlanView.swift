public import PlanDomain
public import PlanStorage

/// Reads of one consistent snapshot.
///
/// Cannot be copied, stored or captured by an escaping closure: what leaves a read are values.
public struct PlanView: ~Copyable {
  let session: any ReadSession

  /// The plan of this id; throws `planNotFound`.
  public func plan(_ id: Plan.ID) throws -> Plan {
    guard let plan = try session.plan(id) else { throw PlanError.planNotFound(id) }
    return plan
  }

  /// The action of this name; throws `actionNotFound`.
  public func action(_ name: ActionName) throws -> Action {
    guard let action = try session.action(name) else { throw PlanError.actionNotFound(name) }
    return action
  }

  /// One page of plans, in order of creation.
  public func plans(matching query: PlanQuery) throws -> Page<Plan, PlanCursor> {
    try session.plans(matching: query)
  }

  /// One page of actions, in order of creation.
  public func actions(matching query: ActionQuery) throws -> Page<Action, ActionCursor> {
    try session.actions(matching: query)
  }

  /// How many plans of the scope are in each status.
  public func counts(in scope: PlanScope) throws -> StatusCounts {
    try session.counts(in: scope)
  }

  /// The children of a plan, round by round, in spawn order.
  public func children(of parent: Plan.ID) throws -> [Plan] {
    guard let rounds = try plan(parent).progress.round?.number else { return [] }
    return try (1...rounds).flatMap { try session.children(of: parent, round: $0) }
  }

  /// A plan that has no parent and all its descendants, in order of creation.
  public func tree(_ root: Plan.ID) throws -> [Plan] {
    var plans: [Plan] = []
    var after: PlanCursor?
    repeat {
      let page = try session.plans(
        matching: PlanQuery(
          PlanFilter(root: root), order: .oldestFirst, limit: .largest, after: after))
      plans += page.rows
      after = page.next
    } while after != nil
    if plans.isEmpty { throw PlanError.planNotFound(root) }
    return plans
  }

  /// The events of one plan after this sequence, in order.
  public func events(
    of plan: Plan.ID, after sequence: Int = 0, limit: PageLimit = .largest
  ) throws -> [PlanEvent] {
    try session.events(of: plan, after: sequence, limit: limit.count)
  }

  /// The events of all plans after this cursor, in the order of their commits.
  public func events(
    after cursor: EventCursor, limit: PageLimit = .largest
  ) throws -> [RecordedEvent] {
    try session.events(after: cursor, limit: limit.count)
  }
}
