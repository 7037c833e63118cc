import Planwright
import PlanwrightTesting
import Testing

@Suite("A host's test")
struct TestSystemTests {
  private static let writer: ActorName = "writer"

  /// A system with one action, whose plans go on by themselves.
  private static func system(
    _ store: TestStore, seed: UInt64 = 1, retry: RetryPolicy = .standard,
    attemptTimeout: Duration? = nil
  ) async throws -> TestSystem {
    let test = try TestSystem(store, seed: seed)
    try await test.plans.write { transaction in
      try transaction.createAction(
        ActionDefinition(
          name: "local/note", description: "note", definitionOfDone: "noted",
          actors: Actors(strategy: writer, execution: writer), automation: .auto, retry: retry,
          attemptTimeout: attemptTimeout))
    }
    return test
  }

  private static func use(_ test: TestSystem) async throws -> Plan {
    try await test.plans.write { try $0.use("local/note") }
  }

  private static func status(of plan: Plan, _ test: TestSystem) async throws -> PlanStatus {
    try await test.plans.read { try $0.plan(plan.id).status }
  }

  @Test("runs a plan to its end without moving the clock", arguments: TestStore.allCases)
  func withoutDelay(_ store: TestStore) async throws {
    let test = try await Self.system(store)
    let start = test.time.now()
    let plan = try await Self.use(test)
    let end = try await test.runUntilIdle([Self.writer: { _, _ in .complete(.null) }])
    #expect(end == .idle)
    #expect(try await Self.status(of: plan, test) == .applyApplied)
    #expect(test.time.now() == start)
  }

  @Test("tells a unit of work its time, which only the test moves")
  func time() async throws {
    let test = try TestSystem()
    test.time.advance(by: .seconds(5))
    let now = try await test.plans.write { $0.now }
    #expect(now == test.time.now())
  }

  @Test("shares a store with another one that has the same clock and another seed")
  func shared() async throws {
    let first = try TestSystem(on: .inMemory(named: "shared by two test systems"))
    let second = try TestSystem(
      on: .inMemory(named: "shared by two test systems"), seed: 2, time: first.time)
    let note = try TypedAction("local/note", taking: NoValue.self, description: "note")
      .execute { _ in "noted" }
    try await first.system.register([note])
    let plans = [try await first.plans.use(note), try await second.plans.use(note)]
    try await first.runUntilIdle([note])
    for plan in plans { #expect(try await plan.result() == "noted") }
    #expect(second.time.now() == first.time.now())
  }

  @Test("leaves plans of other actions of an actor alone, and does not wait for them")
  func otherActions() async throws {
    func action(_ name: ActionName) throws -> TypedAction<NoValue, Int> {
      try TypedAction(
        ActionDefinition(
          name: name, description: "x", definitionOfDone: "",
          actors: Actors(strategy: Self.writer, execution: Self.writer), automation: .auto),
        taking: NoValue.self
      ).execute { run in run.attempt }
    }
    let (note, other) = (try action("local/note"), try action("local/other"))
    let test = try TestSystem()
    try await test.system.register([note, other])
    let plans = [try await test.plans.use(other), try await test.plans.use(note)]
    let start = test.time.now()
    #expect(try await test.runUntilIdle([note]) == .idle)
    #expect(try await plans[1].result() == 1)
    #expect(try await plans[0].plan().version == 1)
    #expect(try await test.runUntilIdle([other]) == .idle)
    #expect(try await plans[0].result() == 1)
    #expect(test.time.now() == start)
  }

  @Test("covers days of retries, each at its own time", arguments: TestStore.allCases)
  func retries(_ store: TestStore) async throws {
    let retry = try RetryPolicy(
      attempts: 8, base: .seconds(3600), cap: .seconds(86_400))
    let test = try await Self.system(store, retry: retry)
    let plan = try await Self.use(test)
    let start = test.time.now()
    let handler: PlanHandler = { assignment, _ in
      if assignment.phase == .strategize, assignment.attempt < 8 { throw Unavailable() }
      return .complete(.null)
    }
    #expect(try await test.runUntilIdle([Self.writer: handler]) == .idle)
    #expect(try await Self.status(of: plan, test) == .applyApplied)
    let events = try await test.plans.read { try $0.events(of: plan.id) }
    #expect(events.filter { $0.command == .fail }.count == 7)
    #expect(test.time.now().since(start) > .seconds(2 * 86_400))
  }

  @Test("runs typed actions, and has their results at the end", arguments: TestStore.allCases)
  func typed(_ store: TestStore) async throws {
    struct Note: Codable { let text: String }
    let note = try TypedAction(
      "local/note", taking: Note.self, description: "{text}",
      retry: RetryPolicy(attempts: 5, base: .seconds(86_400), cap: .seconds(86_400))
    ).execute { run in
      if run.attempt < 5 { throw Unavailable() }
      return run.arguments.text.count
    }
    let test = try TestSystem(store)
    try await test.system.register([note])
    let plan = try await test.plans.use(note, arguments: Note(text: "milk"))
    #expect(try await test.runUntilIdle([note]) == .idle)
    #expect(try await plan.result() == 4)
  }

  @Test("ends at its limit, and says what is due next", arguments: TestStore.allCases)
  func limit(_ store: TestStore) async throws {
    let retry = try RetryPolicy(
      attempts: 3, base: .seconds(3600), cap: .seconds(86_400))
    let test = try await Self.system(store, retry: retry)
    _ = try await Self.use(test)
    let start = test.time.now()
    let end = try await test.runUntilIdle(
      [Self.writer: { _, _ in throw Unavailable() }], limit: .seconds(60))
    guard case .limitReached(let next) = end else {
      Issue.record("ended with \(end)")
      return
    }
    #expect(next > start.adding(.seconds(60)))
    #expect(test.time.now() == start)
  }

  @Test(
    "ends a hung handler at its time-out when it moves the clock", arguments: TestStore.allCases)
  func hungHandler(_ store: TestStore) async throws {
    let test = try await Self.system(store, attemptTimeout: .seconds(30))
    let plan = try await Self.use(test)
    let started = AsyncStream.makeStream(of: Void.self)
    async let end = test.runUntilIdle([
      Self.writer: { assignment, _ in
        if assignment.phase == .strategize, assignment.attempt == 1 {
          started.continuation.yield()
          try await Task.sleep(for: .seconds(86_400))
        }
        return .complete(.null)
      }
    ])
    for await _ in started.stream { break }
    test.time.advance(by: .seconds(30))
    #expect(try await end == .idle)
    #expect(try await Self.status(of: plan, test) == .applyApplied)
    let events = try await test.plans.read { try $0.events(of: plan.id) }
    #expect(events.filter { $0.command == .reclaim }.count == 1)
  }

  @Test("repeats itself with the same seed", arguments: TestStore.allCases)
  func seeds(_ store: TestStore) async throws {
    func history(_ seed: UInt64) async throws -> [PlanEvent] {
      let test = try await Self.system(store, seed: seed)
      let plan = try await Self.use(test)
      try await test.runUntilIdle([
        Self.writer: { assignment, _ in
          if assignment.attempt == 1 { throw Unavailable() }
          return .complete(.null)
        }
      ])
      return try await test.plans.read { try $0.events(of: plan.id) }
    }
    let first = try await history(1)
    #expect(try await history(1) == first)
    #expect(try await history(2) != first)
  }

  @Test(
    "survives every fault at every call, and applies the plan once",
    arguments: TestStore.allCases, StorageFaults.Fault.allCases)
  func faults(_ store: TestStore, _ fault: StorageFaults.Fault) async throws {
    let undisturbed = try await Self.system(store)
    _ = try await Self.use(undisturbed)
    let before = undisturbed.faults.calls
    try await undisturbed.runUntilIdle([Self.writer: { _, _ in .complete(.null) }])
    let calls = undisturbed.faults.calls - before
    #expect(calls > 0)
    var failures = 0
    for call in 0..<calls {
      let test = try await Self.system(store)
      let plan = try await Self.use(test)
      test.faults.pass(call)
      test.faults.failNext(1, fault)
      #expect(try await test.runUntilIdle([Self.writer: { _, _ in .complete(.null) }]) == .idle)
      // The last call is not in every run: one claim more or less finds nothing to do.
      failures += test.faults.failures
      test.faults.stop()
      #expect(try await Self.status(of: plan, test) == .applyApplied, "call \(call)")
      let events = try await test.plans.read { try $0.events(of: plan.id) }
      #expect(events.filter { $0.to == .applyApplied }.count == 1, "call \(call)")
    }
    #expect(failures > calls / 2)
  }

  @Test("survives random faults of any seed", arguments: TestStore.allCases, Array(1...20))
  func randomFaults(_ store: TestStore, seed: Int) async throws {
    let test = try await Self.system(store)
    let plan = try await Self.use(test)
    test.faults.failRandomly(percent: 30, seed: UInt64(seed))
    #expect(try await test.runUntilIdle([Self.writer: { _, _ in .complete(.null) }]) == .idle)
    test.faults.stop()
    #expect(try await Self.status(of: plan, test) == .applyApplied)
  }

  @Test(
    "ends when a handler postpones its plan to no later time", arguments: TestStore.allCases)
  func noPause(_ store: TestStore) async throws {
    let test = try await Self.system(store)
    let plan = try await Self.use(test)
    #expect(try await test.runUntilIdle([Self.writer: { _, _ in .postpone(by: .zero) }]) == .idle)
    #expect(try await Self.status(of: plan, test) == .strategizeErrored)
  }

  // Count the rounds of the worker alone, and a single slot never comes back to be counted.
  @Test(
    "ends at a limit of attempts when work at one time never ends, and goes on when called again",
    .timeLimit(.minutes(30)), arguments: TestStore.allCases, [1, 4])
  func endlessWork(_ store: TestStore, concurrency: Int) async throws {
    let test = try await Self.system(store)
    _ = try await Self.use(test)
    let start = test.time.now()
    let worker = test.system.worker(
      named: "test",
      handlers: [
        Self.writer: { _, _ in
          .complete { transaction in
            try transaction.use("local/note")
            return .null
          }
        }
      ], options: try WorkerOptions(concurrency: concurrency))
    for run in 1...2 {
      let end = try await test.runUntilIdle(worker, limit: .seconds(60), attemptsAtOneTime: 200)
      #expect(end == .limitReached(next: start) && test.time.now() == start)
      // Each attempt has used a plan, and none was left in the middle.
      let counts = try await test.plans.read { try $0.counts(in: .all) }
      #expect(counts.total > run * 200 && counts.total < run * 220)
      #expect(counts[.strategizeProcessing] + counts[.executeProcessing] == 0)
    }
  }

  @Test(
    "can be suspended: calls fail, and a run waits until the system is resumed",
    .timeLimit(.minutes(30)), arguments: TestStore.allCases)
  func suspension(_ store: TestStore) async throws {
    let test = try await Self.system(store)
    let plan = try await Self.use(test)
    try await test.system.suspend()
    do {
      _ = try await Self.status(of: plan, test)
      Issue.record("a read while the system is suspended")
    } catch StorageError.Code.suspended {}
    let calls = test.faults.calls
    async let end = test.runUntilIdle([Self.writer: { _, _ in .complete(.null) }])
    while test.faults.calls == calls { await Task.yield() }
    try await test.system.resume()
    #expect(try await end == .idle)
    #expect(try await Self.status(of: plan, test) == .applyApplied)
    test.faults.failNext()
    do {
      _ = try await Self.status(of: plan, test)
      Issue.record("a read without its planned fault")
    } catch StorageError.Code.inputOutput {}
  }

  @Test("ends with its task, and releases the plan", arguments: TestStore.allCases)
  func cancellation(_ store: TestStore) async throws {
    let test = try await Self.system(store)
    let plan = try await Self.use(test)
    let started = AsyncStream.makeStream(of: Void.self)
    let run = Task {
      try await test.runUntilIdle([
        Self.writer: { _, _ in
          started.continuation.yield()
          try await Task.sleep(for: .seconds(86_400))
          return .complete(.null)
        }
      ])
    }
    for await _ in started.stream { break }
    run.cancel()
    await #expect(throws: CancellationError.self) { try await run.value }
    #expect(try await Self.status(of: plan, test) == .strategizeQueued)
  }

  private struct Unavailable: Error {}
}
