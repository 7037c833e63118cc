// error: 'engine' is inaccessible due to 'package' protection level
import Planwright

func host(_ system: PlanSystem) throws {
  try system.plans.engine.close()
}
