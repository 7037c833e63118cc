import PlanDomain
import PlanLifecycle

extension LifecycleFixture {
  /// Claims this plan, which must be the only ready one, and completes its phase.
  func complete(_ id: Plan.ID) throws {
    let token = try claimOne(id)
    try plans.writeBlocking { _ = try $0.complete(token) }
  }

  /// Spawns children; their ids, in spawn order.
  func spawn(
    _ token: LeaseToken, _ specs: [ChildSpec], schedule: ChildSchedule = .standard
  ) throws -> [Plan.ID] {
    try plans.writeBlocking { transaction in
      _ = try transaction.spawn(token, try Spawn(specs, schedule: schedule))
      return try transaction.snapshot.children(of: token.plan).map(\.id)
    }
  }
}
