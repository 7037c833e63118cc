// error: 'PlanLifecycleService' initializer is inaccessible due to 'package' protection level
import Planwright

func host(_ environment: PlanEnvironment) {
  _ = PlanLifecycleService.init(engine:environment:telemetry:)
}
