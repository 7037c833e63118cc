import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

/// A store that blocks, is shared with other processes, or fails at chosen writes.
final class UnreliableEngine: StorageEngine {
  let traits: StorageTraits
  var notifier: CommitNotifier { deaf ?? engine.notifier }
  private let engine: any StorageEngine
  private let deaf: CommitNotifier?
  private let failures: Locked<Set<Int>>
  private let writes = Locked(0)

  /// `isDeaf` keeps commits from being announced, as those of another process are.
  init(
    _ engine: any StorageEngine, latency: StorageTraits.Latency = .inline, isShared: Bool = false,
    isDeaf: Bool = false, failingWrites: Set<Int> = []
  ) {
    self.engine = engine
    traits = StorageTraits(
      latency: latency, isDurable: false, isSharedBetweenProcesses: isShared)
    deaf = isDeaf ? CommitNotifier() : nil
    failures = Locked(failingWrites)
  }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try engine.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    let number = writes.withLock { writes in
      writes += 1
      return writes
    }
    if failures.withLock({ $0.contains(number) }) {
      throw StorageError(.busy, operation: "writing", subject: "the store")
    }
    return try engine.write(body)
  }

  func close() throws(StorageError) { try engine.close() }
}

/// A store that claims to have run what it has not.
private struct IdleEngine: StorageEngine {
  let traits = StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  let notifier = CommitNotifier()

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {}

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {}

  func close() {}
}

@Suite("On a store that blocks, fails or is shared", .timeLimit(.minutes(30)))
struct UnreliableStoreTests {
  let test = TestEnvironment()

  @Test("throws when the store has not run the body")
  func idle() async throws {
    let store = PlanLifecycleService(engine: IdleEngine(), environment: test.environment)
    func isTold(_ call: () async throws -> Int) async -> Bool {
      do { _ = try await call() } catch {
        return (error as? StorageError)?.code == .inputOutput
      }
      return false
    }
    #expect(await isTold { try await store.write { _ in 1 } })
    #expect(await isTold { try await store.read { _ in 1 } })
    #expect(errorCode { try store.writeBlocking { _ in } } == "inputOutput")
  }

  func work(on store: PlanLifecycleService, options: WorkerOptions = .standard) async throws -> Plan
  {
    let worker = PlanWorker(
      store: store, name: "worker", handlers: [try Fixture.actor(): { _, _ in .complete("r") }],
      options: options)
    let id = try await store.write { transaction in
      try transaction.createAction(try Fixture.action())
      return try transaction.use("sample").id
    }
    let running = Task { try await worker.run() }
    // Advances the clock again and again, so that every sleeper is woken.
    try await waitUntil("the plan to be done") {
      test.time.advance(by: .milliseconds(100))
      return try await store.read { try $0.plan(id) }.status == .strategizeComplete
    }
    worker.stop()
    let alarm = Task { [time = test.time] in
      while !Task.isCancelled {
        time.advance(by: .seconds(1))
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    try await running.value
    alarm.cancel()
    return try await store.read { try $0.plan(id) }
  }

  // Protection 11: the whole unit of work is repeated, so each outcome is stored once.
  @Test("a worker retries what the store refused, and stores each outcome once")
  func failingWrites() async throws {
    for failing in [[2], [3], [4], [2, 3, 4], [3, 4, 5, 6]] as [Set<Int>] {
      let engine = UnreliableEngine(
        try StorageBackend.inMemory.open(), failingWrites: failing)
      let store = PlanLifecycleService(engine: engine, environment: test.environment)
      let plan = try await work(on: store)
      #expect(plan.progress.result(of: .strategize) == "r")
      let events = try await store.read { try $0.events(of: plan.id) }
      #expect(events.map(\.sequence) == Array(1...plan.version))
    }
  }

  @Test("asynchronous calls wait on threads of their own where the store may block")
  func blocking() async throws {
    let engine = UnreliableEngine(try StorageBackend.inMemory.open(), latency: .blocking)
    let store = PlanLifecycleService(engine: engine, environment: test.environment)
    #expect(try await work(on: store).status == .strategizeComplete)
    await #expect(throws: TestError()) {
      try await store.write { _ in throw TestError() }
    }
    #expect(
      await asyncErrorCode {
        try await store.read { try $0.plan(Plan.ID(ULID(high: 0, low: 0))) }
      } == "planNotFound")
    try store.close()
    #expect(await asyncErrorCode { try await store.write { _ in } } == "closed")
  }

  @Test("the commits of other processes are looked for from time to time")
  func shared() async throws {
    let engine = UnreliableEngine(
      try StorageBackend.inMemory.open(), isShared: true, isDeaf: true)
    let store = PlanLifecycleService(engine: engine, environment: test.environment)
    let options = try WorkerOptions(pollInterval: .milliseconds(100))
    #expect(try await work(on: store, options: options).status == .strategizeComplete)
  }

  @Test("a change feed sees them too, misses none, and ends with its task")
  func changeFeed() async throws {
    let inner = try StorageBackend.inMemory.open()
    let other = PlanLifecycleService(engine: inner, environment: test.environment)
    let deaf = UnreliableEngine(inner, isShared: true, isDeaf: true)
    let store = PlanLifecycleService(engine: deaf, environment: test.environment)
    let seen = Locked([RecordedEvent]())
    let feed = Task {
      for try await change in store.changes(after: .start) {
        seen.withLock { $0.append(change) }
      }
    }
    try await other.write { transaction in
      try transaction.createAction(try Fixture.action())
      for _ in 0..<120 { _ = try transaction.use("sample") }
    }
    try await waitUntil("the feed to show all events") {
      test.time.advance(by: CommitPoller.interval)
      return seen.withLock { $0.count } == 120
    }
    feed.cancel()
    try await feed.value
    let cursors = seen.withLock { $0.map(\.cursor) }
    #expect(cursors == cursors.sorted() && Set(cursors).count == 120)
    // Going on after a cursor misses none and repeats none.
    let rest = try await store.read { try $0.events(after: cursors[99]) }
    #expect(rest.map(\.cursor) == Array(cursors[100...]))
  }
}

@Suite("The source of ids")
struct IDSourceTests {
  /// Only ever gives this number.
  struct ConstantRandom: RandomNumberGenerator, Sendable {
    let value: UInt64
    mutating func next() -> UInt64 { value }
  }

  @Test("gives growing ids, also when the clock steps back and threads race")
  func growing() throws {
    let ids = ULIDGenerator(randomness: SeededGenerator(seed: 1))
    let lists = try race(8) { thread in
      (0..<2_000).map { step in
        ids.next(at: Timestamp(microseconds: Int64(1_000_000 + (step % 7) * 1_000 - thread * 500)))
      }
    }
    for list in lists { #expect(list == list.sorted()) }
    #expect(Set(lists.joined()).count == 16_000)
    #expect(
      ids.next(at: Timestamp(microseconds: -5)) > lists.joined().max() ?? ULID(high: 0, low: 0))
  }

  @Test("borrows from the next millisecond when one is used up")
  func overflow() {
    let ids = ULIDGenerator(randomness: ConstantRandom(value: .max))
    let time = Timestamp(microseconds: 5_000)
    let first = ids.next(at: time)
    #expect(first == ULID(high: 5 << 16 | 0xFFFF, low: .max))
    #expect(ids.next(at: time).milliseconds == 6)
  }
}
