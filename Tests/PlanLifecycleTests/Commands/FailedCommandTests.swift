import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A unit of work in which a command fails half-way")
struct FailedCommandTests {
  let engine: DamagedEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = DamagedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
  }

  /// A parent that may spawn, and its token.
  private func parent() throws -> LeaseToken {
    let plan = try fixture.use(automation: .auto)
    let strategy = try fixture.claimOne(plan.id)
    try fixture.plans.writeBlocking { _ = try $0.complete(strategy) }
    return try fixture.claimOne(plan.id)
  }

  private static let sixChildren: @Sendable () throws -> Spawn = {
    try Spawn(Array(repeating: ChildSpec(action: ActionName("local/sample")), count: 6))
  }

  // Protection 18: leave `writeCount` out of `PlanLifecycleService.run`, and a parent waits for six
  // children of which it has one.
  @Test("commits nothing, even if the body catches the error and returns", arguments: 1...7)
  func caught(_ eventsUntilFailure: Int) throws {
    let token = try parent()
    let before = try engine.read { try $0.plan(token.plan) }
    engine.allowEvents(eventsUntilFailure)
    let result = outcome {
      try fixture.plans.writeBlocking { transaction in
        // What was done before goes with it.
        _ = try? transaction.checkpoint(token, try Plan.Checkpoint(step: Key("half"), data: 1))
        _ = try? transaction.spawn(token, try Self.sixChildren())
      }
    }
    engine.allowEvents(nil)
    #expect((result.failure as? StorageError)?.code == .duplicate)
    #expect(try engine.read { try $0.plan(token.plan) } == before)
    #expect(try fixture.plans.readBlocking { try $0.children(of: token.plan) }.isEmpty)
    // Nothing stays behind: the same command succeeds afterwards.
    try fixture.plans.writeBlocking { _ = try $0.spawn(token, try Self.sixChildren()) }
    #expect(try fixture.plans.readBlocking { try $0.children(of: token.plan) }.count == 6)
  }

  @Test("throws the first error from every later call, reads included")
  func laterCalls() throws {
    let token = try parent()
    let calls = Locked(0)
    engine.allowEvents(3)
    let result = outcome {
      try fixture.plans.writeBlocking { transaction in
        _ = try? transaction.spawn(token, try Self.sixChildren())
        let errors = [
          outcome { try transaction.plan(token.plan) as any Sendable },
          outcome { try transaction.use("sample") as any Sendable },
          outcome { try transaction.snapshot.counts(in: .all) as any Sendable },
          outcome { try transaction.cancel(token.plan, reason: "x") as any Sendable },
          outcome {
            try transaction.purge(endedBefore: fixture.time.now(), limit: 1) as any Sendable
          },
          outcome { try transaction.createAction(try Fixture.action("local/new")) as any Sendable },
          outcome { try transaction.reclaim(limit: 1) as any Sendable },
        ].map { ($0.failure as? StorageError)?.code }
        calls.withLock { $0 = errors.count { $0 == .duplicate } }
      }
    }
    #expect(calls.withLock { $0 } == 7 && errorCode { try result.get() } == "duplicate")
  }

  @Test("goes on when the command was refused before its first write")
  func refused() throws {
    let token = try parent()
    try fixture.plans.writeBlocking { transaction in
      #expect(errorCode { try transaction.retry(token.plan) } == "transitionNotAllowed")
      #expect(errorCode { try transaction.use("local/none") } == "actionNotFound")
      #expect(errorCode { try transaction.evict(token.plan, reason: "") } == "invalidText")
      _ = try transaction.complete(token)
    }
    #expect(try fixture.plan(token.plan).status == .applyQueued)
  }

  @Test("commits nothing through the asynchronous form either")
  func asynchronous() async throws {
    let token = try parent()
    engine.allowEvents(2)
    #expect(
      await asyncErrorCode {
        try await fixture.plans.write { transaction in
          _ = try? transaction.spawn(token, try Self.sixChildren())
        }
      } == "duplicate")
    #expect(try fixture.plan(token.plan).status == .executeProcessing)
  }
}
