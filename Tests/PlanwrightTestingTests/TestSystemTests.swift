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
