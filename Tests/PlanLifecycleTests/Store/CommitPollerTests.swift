import Foundation
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("What other processes commit to a shared store", .timeLimit(.minutes(30)))
struct CommitPollerTests {
  /// The other process.
  let other: LifecycleFixture
  /// The store as this process sees it: it is not notified of the other one's commits.
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    let inner = try LifecycleFixture.backend.open()
    other = try LifecycleFixture(engine: inner)
    engine = HookedEngine(inner, isDeaf: true)
    fixture = try LifecycleFixture(engine: engine)
  }

  private final class SeenPlans: Sendable {
    let all = Locked([Plan.ID]())
  }

  /// A task that reads a feed, and the plans of the events that it was given.
  private struct Reader: Sendable {
    private let seen: SeenPlans
    private let task: Task<Void, any Error>

    init(_ feed: ChangeFeed) {
      let seen = SeenPlans()
      self.seen = seen
      task = Task {
        for try await change in feed { seen.all.withLock { $0.append(change.event.plan) } }
      }
    }

    var plans: [Plan.ID] { seen.all.withLock { $0 } }

    /// Waits until the feed has ended by itself; the code of its error.
    func error() async -> String? { await asyncErrorCode { try await task.value } }

    /// Ends the feed.
    func end() async throws {
      task.cancel()
      try await task.value
    }
  }

  /// A reader of the events to come.
  private func reader() throws -> Reader {
    Reader(fixture.plans.changes(after: try other.plans.readBlocking { try $0.latestCursor() }))
  }

  private var nextQuestion: Timestamp { fixture.time.now().adding(CommitPoller.interval) }

  /// Moves the clock to the next question once it is planned, and waits until this many reads were
  /// made.
  private func ask(reads: Int) async throws {
    let (before, next) = (engine.reads, nextQuestion)
    try await waitUntil("the next question to be planned") { fixture.time.isAwaited(next) }
    #expect(engine.reads == before)
    fixture.time.advance(to: next)
    try await waitUntil("\(reads) reads") { engine.reads == before + reads }
  }

  @Test("is asked for once for all feeds and waiting tasks, and not when nobody waits")
  func oneQuestion() async throws {
    let token = try other.started(1)[0]
    #expect(fixture.time.waiting == 0)
    let readers = try (0..<3).map { _ in try reader() }
    // Each has read that there is nothing yet.
    try await waitUntil("the feeds to wait") { engine.reads == 3 }
    async let result = fixture.plans.handle(for: token.plan).result()
    try await fixture.waiting(1)
    // The first answer is new to all, the next ones are not.
    try await ask(reads: 1 + 3 + 1)
    for _ in 0..<5 { try await ask(reads: 1) }
    try other.complete(token, "done")
    // After the event, each feed reads that there is nothing more.
    try await ask(reads: 1 + 3 * 2 + 1)
    #expect(try await result == "done")
    for reader in readers {
      #expect(reader.plans == [token.plan])
      try await reader.end()
    }
    // Nothing is left that waits: the last question that was planned is not asked.
    let (reads, next) = (engine.reads, nextQuestion)
    try await waitUntil("the last question to be planned") { fixture.time.isAwaited(next) }
    fixture.time.advance(to: next)
    try await waitUntil("the end of the questions") { fixture.time.waiting == 0 }
    #expect(engine.reads == reads)
  }

  @Test("wakes a feed that purging has overtaken, which ends with cursorExpired")
  func overtaken() async throws {
    let reader = try reader()
    try await waitUntil("the feed to wait") { engine.reads == 1 }
    try await ask(reads: 2)
    let plan = try other.use()
    try other.plans.writeBlocking { _ = try $0.cancel(plan.id, reason: "no") }
    other.time.advance(by: .seconds(1))
    let now = other.time.now()
    _ = try other.plans.writeBlocking { try $0.purge(endedBefore: now, limit: 1) }
    try await ask(reads: 2)
    #expect(await reader.error() == "cursorExpired")
    #expect(reader.plans.isEmpty)
  }

  @Test(
    "is asked for again after a temporary failure; after a lasting one, all that wait look")
  func failures() async throws {
    let token = try other.started(1)[0]
    let reader = try reader()
    try await waitUntil("the feed to wait") { engine.reads == 1 }
    let waiting = Task { try await fixture.plans.handle(for: token.plan).result() }
    try await fixture.waiting(1)
    try await ask(reads: 3)
    let plan = try other.use()
    engine.next(.beforeRead) { throw StorageError(.busy, operation: "reading", subject: "it") }
    try await ask(reads: 1)
    #expect(reader.plans.isEmpty)
    try await ask(reads: 3)
    #expect(reader.plans == [plan.id])
    engine.next(.beforeRead) { throw StorageError(.corrupt, operation: "reading", subject: "it") }
    try await ask(reads: 3)
    try await reader.end()
    waiting.cancel()
    #expect(await asyncErrorCode { try await waiting.value } == "CancellationError()")
    #expect(fixture.isWithoutWaiters)
  }

  @Test("reaches feeds and waiting tasks at random times, every event once and in order")
  func random() async throws {
    let (other, fixture) = (other, fixture)
    var random = SeededGenerator.announced()
    let readers = try (0..<2).map { _ in try reader() }
    var expected: [Plan.ID] = []
    for _ in 0..<Rounds.scaled(60, long: 600) {
      let before = try other.plans.readBlocking { try $0.latestCursor() }
      let tokens = try other.started(Int.random(in: 1...5, using: &random))
      let seed = random.next()
      async let completions: Void = onDedicatedThread {
        var random = SeededGenerator(seed: seed)
        for token in tokens.shuffled(using: &random) {
          for _ in 0..<Int.random(in: 0...50, using: &random) { sched_yield() }
          try other.complete(token, .string("\(token.plan)"))
        }
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for token in tokens {
          group.addTask {
            let result = try await fixture.plans.handle(for: token.plan).result()
            return result == .string("\(token.plan)")
          }
        }
        // Until the last of them has ended, time goes on.
        let clock = Task {
          while !Task.isCancelled {
            fixture.time.advance(by: CommitPoller.interval)
            await Task.yield()
          }
        }
        for try await isRight in group { #expect(isRight) }
        clock.cancel()
      }
      try await completions
      expected += try other.plans.readBlocking { try $0.events(after: before) }.map(\.event.plan)
    }
    for reader in readers {
      try await waitUntil("all events") {
        fixture.time.advance(by: CommitPoller.interval)
        return reader.plans.count >= expected.count
      }
      try await reader.end()
      #expect(reader.plans == expected)
    }
  }
}
