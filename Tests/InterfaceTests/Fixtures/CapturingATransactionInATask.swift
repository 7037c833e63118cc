// error: 'transaction' is borrowed and cannot be consumed
// error: passing closure as a 'sending' parameter risks causing data races between code in
//   the current task and concurrent execution of the closure
import Planwright

func host(_ system: PlanSystem, _ plan: Plan.ID) async throws {
  try await system.plans.write { transaction in
    Task { _ = try transaction.advance(plan) }
  }
}
