import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport

extension LifecycleFixture {
  /// Runs a worker of the sample action while the body runs, then stops it.
  func whileWorking(
    _ handler: @escaping PlanHandler, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await PlanWorker(store: plans, name: "worker", handlers: [Fixture.actor(): handler])
      .run(while: body)
  }

  /// The plan, once it is as asked; looks after every commit.
  func reached(_ id: Plan.ID, _ isReached: @Sendable (Plan) -> Bool) async throws -> Plan {
    for try await _ in plans.changes(after: .start) {
      let plan = try await plans.read { try $0.plan(id) }
      if isReached(plan) { return plan }
    }
    throw CancellationError()
  }
}
