// error: missing argument for parameter #1 in call
import Planwright

func host(_ system: PlanSystem) async throws {
  try await system.plans.write { transaction in
    _ = try transaction.complete(result: "done")
  }
}
