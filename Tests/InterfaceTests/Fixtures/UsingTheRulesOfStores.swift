// error: cannot find 'QueryRules' in scope
// error: value of type 'ActionFilter' has no member 'matches'
// error: value of type 'PageLimit' has no member 'rowsExamined'
// error: value of type 'PlanFilter' has no member 'matches'
// error: value of type 'PlanFilter' has no member 'scan'
// error: value of type 'PlanFilter' has no member 'scope'
// error: value of type 'PlanScope' has no member 'contains'
import Planwright

func host(_ plan: Plan, _ action: Action, _ filter: PlanFilter) {
  _ = filter.scan
  _ = filter.scope
  _ = filter.matches(plan)
  _ = ActionFilter().matches(action)
  _ = PlanScope.all.contains(plan)
  _ = PageLimit.standard.rowsExamined
  _ = QueryRules.scope(for: filter)
}
