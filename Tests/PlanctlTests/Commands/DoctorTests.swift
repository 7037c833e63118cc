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
      try diagnosis(after: delay).standstills
    }

    func diagnosis(after delay: Duration) throws -> Diagnosis {
      let now = test.time.now().adding(delay)
      return try test.plans.readBlocking { snapshot in
        var diagnosis = Diagnosis(at: now)
        try diagnosis.examine(snapshot)
        return diagnosis
      }
    }
  }

  @Test("says of plans that may move what is known of them, and nothing of those that have ended")
  func moving() throws {
    let fixture = try Fixture()
    let ended = try fixture.use()
    try fixture.test.plans.writeBlocking { try $0.cancel(ended, reason: "x") }
    #expect(try fixture.diagnose(after: .seconds(60)).isEmpty)
    let claimed = try fixture.use()
    try fixture.claim(claimed) { _, _ in }
    let queued = try fixture.use()
    let diagnosis = try fixture.diagnosis(after: .seconds(1))
    #expect(diagnosis.leases.map(\.plan) == [claimed])
    #expect(diagnosis.standstills.map(\.plan) == [queued])
    let found = try #require(diagnosis.standstills.first)
    #expect(found.kind == .queued && found.command == nil)
    let since = fixture.test.time.now().toSeconds
    #expect(found.reason.hasPrefix("it is queued since \(since), for 1s, and no worker"))
  }

  @Test("tells when a lease was renewed and when it ends, and when a renewal is missing")
  func leases() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    try fixture.claim(id) { _, _ in }
    let start = fixture.test.time.now()
    let lease = try #require(try fixture.diagnosis(after: .seconds(6)).leases.first)
    let now = start.adding(.seconds(6))
    #expect(
      lease.sentence(at: now)
        == "strategize is processing since \(start.toSeconds), leased by worker, taken 6s ago; the "
        + "lease ends in 24s unless it is renewed")
    // A worker renews after a third of the 30 seconds.
    #expect(try fixture.diagnose(after: .seconds(15)).isEmpty)
    let missed = try #require(try fixture.diagnose(after: .seconds(16)).first)
    #expect(missed.kind == .renewalMissed && missed.plan == id && !missed.needsAction)
    #expect(missed.reason.contains("taken 16s ago and not renewed since; the lease ends in 14s"))
    fixture.test.time.advance(by: .seconds(10))
    try fixture.test.plans.writeBlocking { transaction in
      let token = try #require(try transaction.snapshot.plan(id).leaseToken)
      try transaction.renew(token, leaseFor: .seconds(30))
    }
    #expect(try fixture.diagnose(after: .seconds(6)).isEmpty)
    let renewed = try #require(try fixture.diagnosis(after: .seconds(6)).leases.first)
    #expect(
      renewed.sentence(at: fixture.test.time.now().adding(.seconds(6)))
        .contains("renewed 6s ago; the lease ends in 24s"))
    let late = try #require(try fixture.diagnose(after: .seconds(20)).first)
    #expect(late.reason.contains("renewed 20s ago and not again when it was due"))
  }

  @Test("names a plan that no worker takes, and its actor")
  func notClaimed() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    let found = try #require(try fixture.diagnose(after: .seconds(60)).first)
    #expect(found.kind == .notClaimed && found.plan == id && found.reason.contains("'actor'"))
  }

  @Test("names an expired lease, the worker that takes it over, and the command without one")
  func leaseExpired() throws {
    let fixture = try Fixture()
    let id = try fixture.use()
    try fixture.claim(id) { _, _ in }
    let found = try #require(try fixture.diagnose(after: .seconds(31)).first)
    #expect(found.kind == .leaseExpired && found.needsAction)
    #expect(found.command == "start a worker that has a handler for 'actor'")
    #expect(found.reason.contains("planctl evict \(id) --reason 'worker is gone'"))
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
    #expect(kinds.map(\.kind) == [.queued, .waitsForDependency, .waitsForChildren])
    #expect(kinds[1].reason.contains("'first' (strategize/queued)"))
    #expect(kinds[2].plan == dependent && !kinds.contains(where: \.needsAction))
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
    let ended = try await store.use()
    #expect(await store.text("cancel", ended, "--reason", "x").status == 0)
    let sound = await store.text("doctor")
    #expect(sound.status == 0 && sound.text.hasPrefix("nothing stands still\n"), "\(sound.text)")
    let id = try await store.use()
    try store.complete(id, result: nil)
    let (status, document) = try await store.json("doctor", id)
    #expect(status == 1)
    let found = document["data"]?["standstills"]?.arrayValue?.first
    #expect(found?["kind"] == "waitsForApproval" && found?["plan"] == .string(id))
    try await leased(store)
  }

  /// A plan that a worker has: nobody claims that it moves.
  private func leased(_ store: StoreOfPlans) async throws {
    let id = try await store.use()
    let system = try PlanSystem.open(StorageBackend(location: store.location))
    try system.plans.writeBlocking {
      try $0.claim(try Plan.ID(id), owner: "worker", leaseFor: .seconds(3_600))
    }
    try system.close()
    let (status, text) = await store.text("doctor", id)
    #expect(status == 0 && text.contains("\(id)  strategize is processing since "), "\(text)")
    #expect(text.contains("as far as the leases tell"), "\(text)")
    let lease = try await store.json("doctor", id).document["data"]?["leases"]?.arrayValue?.first
    #expect(lease?["plan"] == .string(id) && lease?["owner"] == "worker")
    #expect(lease?["renewedAt"] == lease?["since"] && lease?["expiresAt"] != nil)
  }
}
