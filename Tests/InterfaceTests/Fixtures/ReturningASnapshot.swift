// error: instance method 'readBlocking' requires that 'PlanSnapshot' conform to 'Copyable'
import Planwright

func host(_ system: PlanSystem) throws {
  let returned: PlanSnapshot = try system.plans.readBlocking { snapshot in snapshot }
  _ = returned
}
