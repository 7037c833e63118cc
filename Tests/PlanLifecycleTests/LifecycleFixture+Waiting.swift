import PlanDomain
import PlanLifecycle
import PlanStorage

extension LifecycleFixture {
  /// The plan, once it is as asked; looks after every commit.
  func reached(_ id: Plan.ID, _ isReached: @Sendable (Plan) -> Bool) async throws -> Plan {
    for try await _ in plans.changes(after: .start) {
      let plan = try await plans.read { try $0.plan(id) }
      if isReached(plan) { return plan }
    }
    throw CancellationError()
  }
}
