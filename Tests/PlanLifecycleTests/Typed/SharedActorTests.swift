import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("Workers with different actions of one actor", .timeLimit(.minutes(30)))
struct SharedActorTests {
  /// The names of the actions that a worker reports as unserved.
  private final class Unserved: Sendable {
    private let names = Locked([String]())
    var all: [String] { names.withLock { $0 } }

    func note(_ report: WorkerReport) {
      if case .unservedAction(let action, let actor) = report {
        names.withLock { $0.append("\(action) of \(actor)") }
      }
    }
  }

  /// An action of the actor that all these actions share.
  private static func action(_ name: String) throws -> TypedAction<NoValue, String> {
    try TypedAction(
      Fixture.action(name, automation: .auto, retry: .never), taking: NoValue.self
    )
    .execute { _ in name }
  }

  /// The plan was executed by workers that knew it: each phase was claimed once, and completed.
  private func checkUndisturbed(_ id: Plan.ID, in fixture: LifecycleFixture) throws {
    let commands = try fixture.plans.readBlocking { try $0.events(of: id) }.map(\.command)
    #expect(Set(commands).isSubset(of: [.use, .claim, .complete, .advance]))
    #expect(commands.count { $0 == .claim } == 3)
  }

  @Test(
    "execute their own plans, and no other one's attempt is used up",
    arguments: TestStore.allCases)
  func together(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let (one, two) = (try Self.action("local/one"), try Self.action("local/two"))
    let (first, second) = (Unserved(), Unserved())
    try await fixture.withWorker([one], report: first.note) {
      try await fixture.withWorker([two], report: second.note) {
        let plans = try await fixture.plans.write { transaction in
          try (0..<40).map { try transaction.use($0.isMultiple(of: 2) ? one : two).id }
        }
        for (number, id) in plans.enumerated() {
          let done = try await fixture.reached(id) { $0.hasEnded }
          #expect(try (number.isMultiple(of: 2) ? one : two).result(of: done) != "")
          try checkUndisturbed(id, in: fixture)
        }
      }
    }
    #expect(first.all.count <= 1 && second.all.count <= 1)
  }

  @Test(
    "pass by any number of plans that only another worker can execute, and report their action once",
    arguments: TestStore.allCases)
  func alone(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let (one, two) = (try Self.action("local/one"), try Self.action("local/two"))
    try await fixture.plans.write { transaction in
      for action in [one, two] { try transaction.register(action) }
    }
    // They have been ready for longer than the one that the worker can execute.
    let others = try await fixture.plans.write { transaction in
      try (0..<350).map { _ in try transaction.use(two).id }
    }
    let unserved = Unserved()
    try await fixture.withWorker([one], report: unserved.note) {
      for _ in 0..<2 {
        let own = try await fixture.plans.write { try $0.use(one).id }
        _ = try await fixture.reached(own) { $0.status == .applyApplied }
      }
      for id in others {
        let plan = try fixture.plan(id)
        #expect(plan.version == 1 && plan.status == .strategizeQueued)
      }
      #expect(unserved.all == ["local/two of somebody"])
      // A worker that has the action finds them at once.
      try await fixture.withWorker([two]) {
        for id in others {
          _ = try await fixture.reached(id) { $0.status == .applyApplied }
          try checkUndisturbed(id, in: fixture)
        }
      }
    }
  }

  @Test("reclaim each other's plans when their leases expire, also when they passed them by")
  func reclaim() async throws {
    let fixture = try LifecycleFixture()
    let (one, two) = (try Self.action("local/one"), try Self.action("local/two"))
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.register(two)
      return try transaction.use(two)
    }
    let unserved = Unserved()
    try await fixture.withWorker([one], report: unserved.note) {
      try await waitUntil("the plan to be left out") { !unserved.all.isEmpty }
      // The worker of its action claims it, and ends without a trace.
      _ = try fixture.claimOne(plan.id)
      fixture.time.advance(by: .seconds(60))
      let reclaimed = try await fixture.reached(plan.id) { $0.progress.lease == nil }
      #expect(reclaimed.progress.failure?.code == .leaseExpired)
    }
  }

  @Test("give back a plan of another action that the handler of an action receives")
  func handlers() async throws {
    let fixture = try LifecycleFixture()
    let (one, two) = (try Self.action("local/one"), try Self.action("local/two"))
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.register(two)
      return try transaction.use(two)
    }
    let unserved = Unserved()
    let worker = PlanWorker(
      store: fixture.plans, name: "w", handlers: [try Fixture.actor(): one.handler],
      report: unserved.note)
    try await worker.run {
      let back = try await fixture.reached(plan.id) { $0.version == 3 }
      #expect(back.status == .strategizeQueued && back.progress.attempt == 0)
      try await waitUntil("the report") { unserved.all == ["local/two of somebody"] }
      try await fixture.withWorker([two]) {
        let done = try await fixture.reached(plan.id) { $0.hasEnded }
        #expect(try two.result(of: done) == "local/two")
        #expect(done.progress.failure == nil)
      }
    }
  }

  @Test("execute plans of older versions of their actions, which have other actors")
  func olderVersions() async throws {
    let fixture = try LifecycleFixture()
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.register(try Fixture.action("local/one", automation: .auto))
      return try transaction.use("local/one")
    }
    let one = try TypedAction(
      Fixture.action("local/one", actor: "newcomer", automation: .auto), taking: NoValue.self
    ).execute { _ in "done" }
    try await fixture.withWorker([one, try Self.action("local/two")]) {
      let done = try await fixture.reached(plan.id) { $0.hasEnded }
      #expect(try one.result(of: done) == "done")
    }
  }

  @Test("look again at a plan that they gave back, whose next phase may be theirs")
  func laterPhases() async throws {
    let fixture = try LifecycleFixture()
    let (one, two) = (try Self.action("local/one"), try Self.action("local/two"))
    let plan = try fixture.plans.writeBlocking { transaction in
      try transaction.register(
        try ActionDefinition(
          name: "local/two", description: "x", definitionOfDone: "",
          actors: Actors(strategy: "first", execution: "second"), automation: .auto))
      return try transaction.use("local/two")
    }
    let worker = PlanWorker(
      store: fixture.plans, name: "w", handlers: ["first": one.handler, "second": two.handler])
    try await worker.run {
      _ = try await fixture.reached(plan.id) { $0.version == 3 }
      try await fixture.plans.write { transaction in
        let claimed = try transaction.claim(plan.id, owner: "other/1", leaseFor: .seconds(60))
        if let token = claimed.leaseToken { _ = try transaction.complete(token) }
      }
      try await waitUntil("the plan to end") {
        fixture.time.advance(by: .seconds(1))
        return try fixture.plan(plan.id).hasEnded
      }
      #expect(try fixture.plan(plan.id).status == .applyApplied)
    }
  }

  @Test("do not keep what they passed by for ever")
  func forgotten() {
    let plans = UnservedPlans()
    var now = Timestamp(microseconds: 0)
    for number in 0..<2_000 {
      let id = Plan.ID(ULID(high: 1, low: UInt64(number)))
      let isNew = plans.add(id, of: "local/two", at: now, pause: .seconds(1))
      #expect(isNew == (number == 0))
      #expect(plans.ids(at: now).contains(id))
      now = now.adding(.milliseconds(100))
    }
    #expect(plans.count <= 512)
  }
}
