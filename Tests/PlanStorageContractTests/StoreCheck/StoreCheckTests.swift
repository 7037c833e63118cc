import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract
import TestSupport
import TestTraits
import Testing

@Suite("The check of a whole store", .dedicatedThread)
struct StoreCheckTests {
  /// What is found in a store that holds this.
  private func problems(
    _ depth: StoreCheck.Depth = .everything,
    _ fill: @Sendable (any UnitOfWork, Action) throws -> Void
  ) throws -> String {
    let engine = try StorageBackend.inMemory.open()
    let action = try Sample.action()
    try engine.write { work in
      try work.insert(action)
      try fill(work, action)
    }
    return try engine.read {
      try StoreCheck.problems(in: $0, depth).map(\.description).joined(separator: "\n")
    }
  }

  @Test("finds nothing wrong with what the lifecycle wrote, at any moment of a tree's life")
  func lifecycle() throws {
    let test = TestEnvironment()
    let plans = PlanLifecycleService(
      engine: try StorageBackend.inMemory.open(), environment: test.environment)
    let retry = try RetryPolicy(attempts: 2)
    try plans.writeBlocking { work in
      try work.createAction(try Fixture.action(automation: .auto, retry: retry))
      try work.createAction(try Fixture.action("local/child", automation: .auto, retry: retry))
      for _ in 0..<3 { _ = try work.use("sample") }
    }
    var random = SeededGenerator.announced()
    for _ in 0..<Rounds.scaled(400) {
      test.time.advance(by: .seconds(Int.random(in: 0...20, using: &random)))
      try step(plans, &random)
      let problems = try plans.engine.read { try StoreCheck.problems(in: $0) }
      #expect(problems.isEmpty, "\(problems)")
    }
  }

  /// Something that a worker or an operator does.
  private func step(_ plans: PlanLifecycleService, _ random: inout SeededGenerator) throws {
    let (owner, actor) = (LeaseOwner("w"), try Fixture.actor())
    let choice = Int.random(in: 0..<10, using: &random)
    let keys = try ["a", "b", "c"].map { try Key($0) }
    try plans.writeBlocking { work in
      if choice == 0 { _ = try work.reclaim(limit: 9) }
      let claimed = try work.claim(
        owner: owner, actors: [actor], limit: 1, leaseFor: .seconds(30))
      guard let plan = claimed.first, let token = plan.leaseToken else { return }
      switch choice {
      case 1: _ = try work.fail(token, Plan.Failure(code: keys[0], message: "", isRetryable: true))
      case 2: _ = try work.release(token)
      case 3: _ = try work.cancel(plan.id, reason: "enough")
      case 4: break
      case 5...7
      where plan.status.phase == .execute && plan.definition.depth < 2
        && plan.progress.round == nil:
        let child = ActionName("local/child")
        _ = try work.spawn(
          token,
          try Spawn(
            [
              ChildSpec(key: keys[0], action: child), ChildSpec(key: keys[1], action: child),
              ChildSpec(key: keys[2], action: child, dependsOn: [keys[0]]),
            ],
            schedule: try ChildSchedule(
              mode: .dependencyOrdered, maxParallel: 1 + choice % 2, failFast: choice == 7)))
      default: _ = try work.complete(token)
      }
    }
  }

  @Test("says of a history what is wrong with it")
  func histories() throws {
    let wrong: [(String, @Sendable (any UnitOfWork, Action) throws -> Void)] = [
      (
        "its version is 3, but its latest event is 0",
        { try $0.insert(Sample.plan(1, of: $1, version: 3)) }
      ),
      (
        "its events lead to strategize/processing",
        { work, action in
          try work.insert(Sample.plan(1, of: action))
          try work.append(Sample.event(Sample.id(1), 1))
        }
      ),
      (
        "event 2 leads from strategize/queued, but the plan was strategize/processing",
        { work, action in
          try work.insert(Sample.plan(1, of: action, version: 2))
          try work.append(Sample.event(Sample.id(1), 1))
          try work.append(Sample.event(Sample.id(1), 2))
        }
      ),
      (
        "event 1 is not a valid transition",
        { work, action in
          try work.insert(Sample.plan(1, of: action))
          try work.append(Sample.event(Sample.id(1), 1))
        }
      ),
      (
        "its epoch is 0, but its latest event has epoch 1",
        { work, action in
          try work.insert(Sample.plan(1, of: action))
          try work.append(Sample.event(Sample.id(1), 1))
        }
      ),
    ]
    for (words, fill) in wrong {
      let found = try problems { try fill($0, $1) }
      #expect(found.contains(words), "\(words)\n\(found)")
    }
  }

  @Test("says of a plan what does not go with its status, its parent or its children")
  func states() throws {
    let wrong: [(String, @Sendable (any UnitOfWork, Action) throws -> Void)] = [
      (
        "without a ready time, but has no parent",
        { try $0.insert(Sample.plan(1, of: $1, readyAt: nil)) }
      ),
      (
        "but has not spawned children",
        { try $0.insert(Sample.plan(1, of: $1, status: .executeWaiting)) }
      ),
      (
        "its depth 1 is not the depth of its parent plus 1",
        { work, action in
          let root = try Sample.plan(1, of: action, status: .executeWaiting)
          let child = try Sample.plan(
            2, of: action, position: Sample.position(below: root, index: 0, key: "a"))
          let position = try Sample.position(below: root, index: 0, key: "b")
          for plan in [root, child] { try work.insert(plan) }
          try work.insert(
            Sample.plan(
              3, of: action,
              position: ChildPosition(
                parent: child.id, root: root.id, depth: 1, round: 1, index: 0, key: position.key,
                dependsOn: [])))
        }
      ),
      (
        "it counts 4 children, but has 1",
        {
          try Self.family(
            $0, $1, ChildRound(number: 1, schedule: .standard, total: 4, ended: 0, holding: 1))
        }
      ),
      (
        "it counts 1 ended children, but has 0",
        {
          try Self.family(
            $0, $1, ChildRound(number: 1, schedule: .standard, total: 1, ended: 1, holding: 1))
        }
      ),
      (
        "but all of its 1 children have ended",
        {
          try Self.family(
            $0, $1, ChildRound(number: 1, schedule: .standard, total: 1, ended: 1, holding: 1))
        }
      ),
      (
        "it counts 0 children with a slot, but has 1",
        {
          try Self.family(
            $0, $1, ChildRound(number: 1, schedule: .standard, total: 1, ended: 0, holding: 0))
        }
      ),
      (
        "it counts 2 unmet dependencies, but has 0",
        { work, action in
          let root = try Sample.plan(1, of: action, status: .executeWaiting)
          try work.insert(root)
          try work.insert(
            Sample.plan(
              2, of: action, readyAt: nil,
              position: Sample.position(below: root, index: 0, key: "a"),
              unmet: 2))
        }
      ),
    ]
    for (words, fill) in wrong {
      let found = try problems { try fill($0, $1) }
      #expect(found.contains(words), "\(words)\n\(found)")
      // What adapters answer for is in order all the same.
      #expect(try problems(.references) { try fill($0, $1) }.isEmpty)
    }
  }

  /// A parent that counts like this, and one child that is ready.
  private static func family(
    _ work: any UnitOfWork, _ action: Action, _ round: ChildRound
  ) throws {
    let sample = try Sample.plan(1, of: action, status: .executeWaiting)
    let root = sample.with(
      PlanProgress(
        status: .executeWaiting, version: 1, attempt: 1, reversionCount: 0, epoch: 0, lease: nil,
        readyAt: nil, unmetDependencies: 0, updatedAt: Sample.time(0),
        times: (PhaseTimes(), PhaseTimes(), PhaseTimes()), documents: nil, round: round))
    try work.insert(root)
    try work.insert(
      Sample.plan(2, of: action, position: Sample.position(below: root, index: 0, key: "a")))
  }
}
