import Planwright

extension PlanTransaction {
  /// The unfinished plan of an earlier run with this action version and these arguments, or nil.
  func unfinishedPlan(of name: ActionName, _ arguments: JSONObject) throws -> Plan? {
    let version = try action(name).version
    var after: PlanCursor?
    repeat {
      let page = try snapshot.plans(
        matching: PlanQuery(PlanFilter(action: name), limit: .largest, after: after))
      let found = page.rows.first { plan in
        plan.definition.position == nil && !plan.status.isSettled
          && plan.definition.createdBy == RunCommand.name
          && plan.definition.arguments == arguments
          && plan.definition.action.version == version
      }
      if let found { return found }
      after = page.next
    } while after != nil
    return nil
  }

  /// Releases every lease and cancels every other unfinished root plan.
  ///
  /// Only for a store that no other process has open: the workers that held the leases have ended.
  /// The other root plans were created with other definitions, which the programs of this run do
  /// not fit.
  func takeOver(_ root: Plan.ID) throws {
    var after: PlanCursor?
    repeat {
      let page = try snapshot.plans(matching: PlanQuery(limit: .largest, after: after))
      for plan in page.rows {
        if let token = plan.leaseToken {
          try release(token)
        }
        if plan.definition.position == nil, plan.id != root, !plan.status.isSettled {
          try cancel(plan.id, reason: "replaced by another run")
        }
      }
      after = page.next
    } while after != nil
  }
}
