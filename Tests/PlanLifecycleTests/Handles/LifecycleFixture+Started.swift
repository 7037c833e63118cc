import PlanDomain
import PlanStorage
import TestSupport

@testable import PlanLifecycle

extension LifecycleFixture {
  /// Plans that end with their next completion, each with the lease for it.
  func started(_ count: Int) throws -> [LeaseToken] {
    let action = try Fixture.action(
      "local/quick", actor: "quick", readOnly: true, automation: .auto)
    try plans.writeBlocking { transaction in
      if (try? transaction.action(action.name)) == nil { try transaction.createAction(action) }
      for _ in 0..<count { try transaction.use("local/quick") }
    }
    for token in try claimQuick(count) { try complete(token) }
    return try claimQuick(count)
  }

  private func claimQuick(_ count: Int) throws -> [LeaseToken] {
    try plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("test/1"), actors: [try Fixture.actor("quick")], limit: count,
        leaseFor: .seconds(60)
      ).compactMap(\.leaseToken)
    }
  }

  /// Completes the last phase of a plan.
  func complete(_ token: LeaseToken, _ result: JSONValue = .null) throws {
    try plans.writeBlocking { _ = try $0.complete(token, result: result) }
  }

  /// Waits until this number of tasks wait, and their plans have been read.
  func waiting(_ count: Int) async throws {
    try await waitUntil("\(count) tasks to wait") {
      plans.waiters.count == count && plans.waiters.isIdle
    }
  }

  /// Whether nothing is left of tasks that waited.
  var isWithoutWaiters: Bool {
    plans.waiters.count == 0 && !plans.engine.notifier.needsChangedPlans
  }
}
