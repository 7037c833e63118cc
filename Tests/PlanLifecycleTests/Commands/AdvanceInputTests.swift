import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The input of an advance")
struct AdvanceInputTests {
  private func assignment(_ fixture: LifecycleFixture, _ id: Plan.ID) throws -> Assignment {
    try fixture.plans.writeBlocking { transaction in
      let plan = try transaction.claim(id, owner: "test/1", leaseFor: .seconds(60))
      guard let assignment = try transaction.assignment(for: plan) else {
        throw TestError("\(plan.id) has no lease")
      }
      return assignment
    }
  }

  @Test(
    "is handed to every attempt of the next phase, also after a retry",
    arguments: TestStore.allCases)
  func attempts(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use()
    #expect(try assignment(fixture, plan.id).input == nil)
    let token = try #require(try fixture.plan(plan.id).leaseToken)
    try fixture.plans.writeBlocking { transaction in
      _ = try transaction.complete(token)
      _ = try transaction.advance(plan.id, input: ["approved": true, "by": ["é"]])
    }
    for isRetryable in [true, false, true] {
      let claimed = try assignment(fixture, plan.id)
      #expect(claimed.input == ["approved": true, "by": ["é"]])
      let failure = try Plan.Failure(
        code: "bad", message: "bad", isRetryable: isRetryable, retryAfter: .zero)
      try fixture.plans.writeBlocking { transaction in
        _ = try transaction.fail(claimed.token, failure)
        if !isRetryable { _ = try transaction.retry(plan.id) }
      }
    }
    #expect(try assignment(fixture, plan.id).input == ["approved": true, "by": ["é"]])
    try fixture.checkHistory(plan.id)
  }

  @Test(
    "is replaced or cleared by the next advance, and cleared by a revert",
    arguments: TestStore.allCases)
  func cleared(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use()
    func advanced(_ input: JSONValue?) throws -> JSONValue? {
      let token = try fixture.claimOne(plan.id)
      try fixture.plans.writeBlocking { transaction in
        _ = try transaction.complete(token)
        _ = try transaction.advance(plan.id, input: input)
      }
      return try fixture.plan(plan.id).progress.input
    }
    func reverted() throws -> JSONValue? {
      try fixture.plans.writeBlocking { _ = try $0.revert(plan.id, reason: "again") }
      return try fixture.plan(plan.id).progress.input
    }
    #expect(try advanced("first") == "first" && advanced("second") == "second")
    #expect(try reverted() == nil)
    #expect(try advanced("third") == "third" && advanced(nil) == nil)
    #expect(try reverted() == nil && advanced("fourth") == "fourth")
    #expect(try reverted() == nil)
  }

  @Test("is cleared by an advance that automation makes", arguments: TestStore.allCases)
  func automatic(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(
        try Fixture.action(
          automation: Automation(
            advanceToExecute: false, advanceToApply: true, revertWhenConstrained: false)))
      return try transaction.use("sample")
    }
    try fixture.complete(plan.id)
    try fixture.plans.writeBlocking { _ = try $0.advance(plan.id, input: 7) }
    try fixture.complete(plan.id)
    let queued = try fixture.plan(plan.id)
    #expect(queued.status == .applyQueued && queued.progress.input == nil)
  }

  @Test("leaves its size in the event, never its content", arguments: TestStore.allCases)
  func event(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plan = try fixture.use()
    try fixture.complete(plan.id)
    let secret: JSONValue = ["password": "correct horse"]
    try fixture.plans.writeBlocking { _ = try $0.advance(plan.id, input: secret) }
    let events = try fixture.plans.readBlocking { try $0.events(of: plan.id) }
    #expect(events.last?.detail == .input(bytes: secret.serialized().utf8.count))
    #expect(events.allSatisfy { !"\($0)".contains("horse") })
  }

  @Test("is refused above 16 MiB, and the plan stays where it was")
  func tooLarge() throws {
    let fixture = try LifecycleFixture()
    let plan = try fixture.use()
    try fixture.complete(plan.id)
    let large = JSONValue.string(String(repeating: "x", count: PlanLimits.documentBytes))
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { try $0.advance(plan.id, input: large) }
      } == "documentTooLarge")
    #expect(try fixture.plan(plan.id).status == .strategizeComplete)
  }
}
