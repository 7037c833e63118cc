import Planwright
import PlanwrightTesting
import TestSupport
import Testing

@testable import planctl

/// Each test prepares one standstill by the public interface and asks for its cause.
@Suite("planctl doctor")
struct DoctorTests {
  /// A store whose clock the test moves, with the action `local/test` and its actor.
  struct Fixture {
    let test: TestSystem
    let worker: LeaseOwner = "worker"

    init(automation: Automation = .auto, attempts: Int = 2) throws {
      test = try TestSystem()
      let definition = try ActionDefinition(
        name: "local/test", description: "test", definitionOfDone: "done",
        actors: Actors(strategy: "actor", execution: "actor"), automation: automation,
        retry: try RetryPolicy(attempts: attempts, base: .seconds(60), cap: .seconds(60)))
      try test.plans.writeBlocking { try $0.createAction(definition) }
    }

    func use(notBefore: Timestamp? = nil) throws -> Plan.ID {
      try test.plans.writeBlocking {
        try $0.use(PlanUse(action: "local/test", notBefore: notBefore)).id
      }
    }

    func claim(
      _ id: Plan.ID,
      _ body: @escaping @Sendable (borrowing PlanTransaction, LeaseToken) throws -> Void
    ) throws {
      try test.plans.writeBlocking { transaction in
        let plan = try transaction.claim(id, owner: worker, leaseFor: .seconds(30))
        try body(transaction, try #require(plan.leaseToken))
      }
    }

    /// A plan in its execute phase that has spawned these children.
    func spawn(_ children: [ChildSpec], _ schedule: ChildSchedule) throws -> Plan.ID {
      let id = try use()
      try claim(id) { try $0.complete($1) }
      try claim(id) { transaction, token in
        try transaction.spawn(token, Spawn(children, schedule: schedule))
      }
      return id
    }

    /// What the doctor finds, after this time.
    func diagnose(after delay: Duration = .zero) throws -> [Standstill] {
      let now = test.time.now().adding(delay)
      return try test.plans.readBlocking { snapshot in
        var diagnosis = Diagnosis(at: now)
        try diagnosis.examine(snapshot)
        return diagnosis.standstills
      }
    }
  }

  @Test("says nothing of plans that move or have ended")
  func moving() throws {
    let fixture = try Fixture()
    let ended = try fixture.use()
    try fixture.test.plans.writeBlocking { try $0.cancel(ended, reason: "x") }
    try fixture.claim(try fixture.use()) { _, _ in }
    _ = try fixture.use()
    #expect(try fixture.diagnose(after: .seconds(1)).isEmpty)
  }

  @Test("names a plan that no worker takes, and its actor")
  func notClaimed() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let found = try #require(try fixture.diagnose(after: .seconds(60)).first)
    #expect(found.kind == .notClaimed && found.plan == id && found.reason.contains("'actor'"))
  }

  @Test("names an expired lease, and the command that takes it away")
  func leaseExpired() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    try fixture.claim(id) { _, _ in }
    let found = try #require(try fixture.diagnose(after: .seconds(31)).first)
    #expect(found.kind == .leaseExpired && found.command?.hasPrefix("planctl evict \(id)") == true)
  }

  @Test("names a plan that waits for approval after each phase")
  func approval() throws {
    let fixture = try Fixture(automation: .manual)
    let id = try fixture.use()
    for _ in 0..<2 {
      try fixture.claim(id) { try $0.complete($1) }
      let found = try #require(try fixture.diagnose().first)
      #expect(found.kind == .waitsForApproval && found.command == "planctl advance \(id)")
      try fixture.test.plans.writeBlocking { try $0.advance(id) }
    }
  }

  @Test("names a failure, and a retry that is to come")
  func failures() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let failure = try Plan.Failure(code: "broken", message: "no disk", isRetryable: true)
    try fixture.claim(id) { try $0.fail($1, failure) }
    let later = try #require(try fixture.diagnose().first)
    #expect(later.kind == .retriesLater && later.command == "planctl expedite \(id)")
    try fixture.test.plans.writeBlocking { try $0.expedite(id) }
    try fixture.claim(id) { try $0.fail($1, failure) }
    let failed = try #require(try fixture.diagnose().first)
    #expect(failed.kind == .failed && failed.command == "planctl retry \(id)")
    #expect(failed.reason.contains("broken: no disk"))
  }

  @Test("names a plan that could not be applied")
  func constrained() throws {
    let fixture = try Fixture(
      automation: Automation(
        advanceToExecute: true, advanceToApply: true, revertWhenConstrained: false))
    let id = try fixture.use()
    for _ in 0..<2 { try fixture.claim(id) { try $0.complete($1) } }
    try fixture.claim(id) { try $0.constrain($1, reason: "read-only") }
    #expect(try fixture.diagnose().map(\.kind) == [.constrained])
  }

  @Test("names a plan that is to start later")
  func later() throws {
    let fixture = try Fixture()
    _ = try fixture.use(notBefore: fixture.test.time.now().adding(.seconds(3_600)))
    #expect(try fixture.diagnose().map(\.kind) == [.startsLater])
  }

  @Test("names what blocks a child: a dependency, the children that hold the slots")
  func children() throws {
    let fixture = try Fixture()
    let dependent = try fixture.spawn(
      [
        ChildSpec(key: "first", action: "local/test"),
        ChildSpec(key: "second", action: "local/test", dependsOn: ["first"]),
      ], ChildSchedule(mode: .dependencyOrdered))
    let kinds = try fixture.diagnose()
    #expect(kinds.map(\.kind) == [.waitsForDependency, .waitsForChildren])
    #expect(kinds[0].reason.contains("'first' (strategize/queued)"))
    #expect(kinds[1].plan == dependent && !kinds.contains(where: \.needsAction))
    let narrow = try fixture.spawn(
      [ChildSpec(key: "a", action: "local/test"), ChildSpec(key: "b", action: "local/test")],
      ChildSchedule(mode: .parallel, maxParallel: 1))
    let slots = try fixture.diagnose().filter { $0.kind == .waitsForSlot }
    #expect(slots.count == 1 && slots[0].reason.contains("'a'") && slots[0].plan != narrow)
  }

  @Test("gives the parent's command for a child that failed while its parent waits for others")
  func failedChild() throws {
    let fixture = try Fixture(attempts: 1)
    _ = try fixture.spawn(
      [ChildSpec(key: "a", action: "local/test"), ChildSpec(key: "b", action: "local/test")],
      .standard)
    let child = try #require(
      try fixture.test.plans.readBlocking { snapshot in
        try snapshot.plans(matching: PlanQuery(PlanFilter(state: .queued), order: .oldestFirst))
          .rows
      }.first)
    try fixture.claim(child.id) {
      try $0.fail($1, try Plan.Failure(code: "broken", message: "x", isRetryable: false))
    }
    let failed = try #require(try fixture.diagnose().first { $0.kind == .failed })
    #expect(failed.plan == child.id && failed.command == "planctl retry \(child.id)")
  }

  @Test("ends with 1 when something needs to be done, and names it in the document")
  func command() async throws {
    let store = try await StoreOfPlans()
    let id = try await store.use()
    #expect(await store.text("doctor").status == 0)
    try store.complete(id, result: nil)
    let (status, document) = try await store.json("doctor", id)
    #expect(status == 1)
    let found = document["data"]?["standstills"]?.arrayValue?.first
    #expect(found?["kind"] == "waitsForApproval" && found?["plan"] == .string(id))
  }
}
