import Planwright

extension PlanTransaction {
  /// Makes sure that the store has the action as the file defines it.
  func register(_ definition: ActionDefinition) throws {
    do { try createAction(definition) } catch PlanError.Code.actionAlreadyExists {
      let stored = try action(definition.name)
      if stored.definition != definition {
        try updateAction(definition, ifVersion: stored.version)
      }
    }
  }

  /// The plan of an earlier run that was to do the same and has not come to its end.
  func unfinished(_ name: ActionName, _ arguments: JSONObject) throws -> Plan? {
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

  /// Takes up what an earlier run left in a store that nobody else has open.
  ///
  /// Whoever had plans in hand is gone for certain: they are given back, attempt and all. What was
  /// begun under other definitions is called off, so that today's programs do not go on with it.
  func takeOver(_ root: Plan.ID) throws {
    var after: PlanCursor?
    repeat {
      let page = try snapshot.plans(matching: PlanQuery(limit: .largest, after: after))
      for plan in page.rows {
        if let token = plan.leaseToken {
          try release(token)
        }
        if plan.definition.position == nil, plan.id != root, !plan.status.isSettled {
          try cancel(plan.id, reason: "another run took its place")
        }
      }
      after = page.next
    } while after != nil
  }
}
