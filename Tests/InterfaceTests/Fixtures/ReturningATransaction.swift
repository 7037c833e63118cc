// error: instance method 'writeBlocking' requires that 'PlanTransaction' conform to 'Copyable'
import Planwright

func host(_ system: PlanSystem) throws {
  let returned: PlanTransaction = try system.plans.writeBlocking { transaction in transaction }
  _ = returned
}
