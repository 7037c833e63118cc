import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

/// A tree of plans that a worker does on a store whose calls fail as planned.
private struct FaultyStoreFixture {
  let engine: FaultyEngine
  let inner: any StorageEngine
  private let test = TestEnvironment()

  init(_ plan: FaultPlan) throws {
    inner = try LifecycleFixture.backend.open()
    engine = FaultyEngine(inner, plan)
  }

  /// Runs it to its end, however often the store fails on the way; the root.
  func run() async throws -> Plan {
    let sound = PlanLifecycleService(engine: inner, environment: test.environment)
    let id = try await sound.write { transaction in
      let retry = try RetryPolicy(attempts: 100)
      try transaction.createAction(try Fixture.action(automation: .auto, retry: retry))
      try transaction.createAction(try Fixture.action("local/child", readOnly: true, retry: retry))
      return try transaction.use("sample").id
    }
    let worker = PlanWorker(
      store: PlanLifecycleService(engine: engine, environment: test.environment), name: "worker",
      handlers: [try Fixture.actor(): Self.handler],
      options: try WorkerOptions(concurrency: 2, leaseFor: .seconds(10)))
    // Advances the clock again and again, so that every sleeper is woken.
    let alarm = Task { [time = test.time] in
      while !Task.isCancelled {
        time.advance(by: .seconds(1))
        try await Task.sleep(for: .microseconds(200))
      }
    }
    let running = Task { try await worker.run() }
    try await waitUntil("the tree to end") { try await sound.read { try $0.plan(id) }.hasEnded }
    worker.stop()
    try await running.value
    alarm.cancel()
    return try await sound.read { try $0.plan(id) }
  }

  /// Has three children, the last one after the other two; each attempt saves a checkpoint.
  private static let handler: PlanHandler = { assignment, context in
    try await context.checkpoint("begun", .null)
    guard assignment.phase == .execute, assignment.plan.definition.position == nil,
      assignment.children.isEmpty
    else { return .complete("done") }
    let action = ActionName("local/child")
    let (a, b) = (Key("a"), Key("b"))
    return .spawn(
      [
        ChildSpec(key: a, action: action), ChildSpec(key: b, action: action),
        ChildSpec(key: Key("c"), action: action, dependsOn: [a, b]),
      ], try ChildSchedule(mode: .dependencyOrdered))
  }
}

@Suite("On a store whose calls fail", .timeLimit(.minutes(30)))
struct FaultTests {
  /// What holds however it went: all was done, and everything in the store fits together.
  private func check(_ fixture: FaultyStoreFixture, _ root: Plan, _ what: String) throws {
    #expect(root.status == .applyApplied, "\(what)")
    let problems = try fixture.inner.read { try StoreCheck.problems(in: $0) }
    #expect(problems.isEmpty, "\(what): \(problems)")
    let children = try fixture.inner.read { try $0.children(of: root.id, round: 1) }
    #expect(children.count == 3 && children.allSatisfy(\.hasSucceeded), "\(what)")
  }

  // Protections 11, 13, 18 and 19.
  @Test(
    "a tree of plans succeeds, whichever call fails",
    arguments: [FaultPlan.Fault.refuse, .rollBack, .loseAnswer])
  func once(_ fault: FaultPlan.Fault) async throws {
    var call = 0
    while true {
      let fixture = try FaultyStoreFixture(.once(fault, at: call))
      try check(fixture, try await fixture.run(), "\(fault) at call \(call)")
      // Past its last call, the run was one without a fault.
      if fixture.engine.faults == 0 { break }
      call += Rounds.isShort ? 7 : 1
    }
    #expect(call > 15)
  }

  @Test("a tree of plans succeeds when many calls fail")
  func many() async throws {
    var random = SeededGenerator.announced()
    let rounds = Rounds.scaled(12)
    var faults = 0
    for _ in 0..<rounds {
      let seed = random.next()
      let fixture = try FaultyStoreFixture(
        .random(
          seed: seed, percent: 30, of: [.refuse, .rollBack, .loseAnswer, .delay], before: 300))
      try check(fixture, try await fixture.run(), "seed \(seed)")
      faults += fixture.engine.faults
    }
    // Of some twenty calls each, now and then none fails: 0.775 to the power of 20 is 0.6 %.
    #expect(faults > rounds)
  }

  @Test("a planned fault happens: the body runs or not, and is committed or not")
  func faults() throws {
    let outcomes: [(FaultPlan.Fault?, runs: Int, isStored: Bool, throws: Bool)] = [
      (nil, 1, true, false), (.refuse, 0, false, true), (.rollBack, 1, false, true),
      (.loseAnswer, 1, true, true), (.delay, 1, true, false),
    ]
    for (fault, runs, isStored, fails) in outcomes {
      let pauses = Locked(0)
      let plan = fault.map { FaultPlan.once($0, at: 0) } ?? .none
      let backend = LifecycleFixture.backend.failing(plan) { pauses.withLock { $0 += 1 } }
      let engine = try backend.open()
      let action = Action(creating: try Fixture.action(), at: Timestamp(microseconds: 0))
      let count = Locked(0)
      let result = outcome {
        try engine.write { transaction in
          count.withLock { $0 += 1 }
          try transaction.insert(action)
        }
      }
      #expect(errorCode { try result.get() } == (fails ? "inputOutput" : nil))
      #expect(count.withLock { $0 } == runs)
      #expect(try engine.read { try $0.action(action.name) != nil } == isStored)
      #expect(pauses.withLock { $0 } == (fault == .delay ? 1 : 0))
      #expect(backend.description.hasSuffix("with planned faults"))
    }
    let dead = try LifecycleFixture.backend.failing(.always(.refuse, from: 1)).open()
    #expect(outcome { try dead.read { _ in } }.isSuccess)
    for _ in 0..<3 { #expect(errorCode { try dead.read { _ in } } == "inputOutput") }
  }
}
