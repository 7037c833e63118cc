import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import PlanStorageContract
import TestSupport
import Testing

@testable import PlanLifecycle

// Each of these tests waits until its time limit when a wake-up is lost.
@Suite("No end of a plan is missed by a task that waits for it", .timeLimit(.minutes(30)))
struct WakeUpTests {
  let engine: HookedEngine
  let fixture: LifecycleFixture

  init() throws {
    engine = HookedEngine(try LifecycleFixture.backend.open())
    fixture = try LifecycleFixture(engine: engine)
  }

  private func result(of token: LeaseToken) async throws -> JSONValue {
    try await fixture.plans.handle(for: token.plan).result()
  }

  @Test("when it is committed just before or after the plan is read", arguments: 0..<2)
  func aroundRead(_ index: Int) async throws {
    let fixture = fixture
    let token = try fixture.started(1)[0]
    engine.next(index == 0 ? .beforeRead : .afterRead) { try fixture.complete(token, "done") }
    #expect(try await result(of: token) == "done")
  }

  @Test("when its unit of work began before any task waited")
  func earlyUnitOfWork() async throws {
    let (engine, fixture) = (engine, fixture)
    let token = try fixture.started(1)[0]
    let (started, goOn) = (Gate(), Latch<Void>())
    engine.next(.beforeWrite) {
      started.open()
      try goOn.wait(for: "the task to wait")
    }
    async let completion: Void = onDedicatedThread { try fixture.complete(token, "done") }
    await started.wait()
    async let result = result(of: token)
    try await fixture.waiting(1)
    goOn.open(with: ())
    try await completion
    #expect(try await result == "done")
  }

  @Test("when the store commits it and then fails")
  func lostAnswer() async throws {
    let token = try fixture.started(1)[0]
    async let result = result(of: token)
    try await fixture.waiting(1)
    engine.next(.afterWrite) {
      throw StorageError(.inputOutput, operation: "writing", subject: "the store")
    }
    #expect(errorCode { try fixture.complete(token, "done") } == "inputOutput")
    #expect(try await result == "done")
  }

  @Test("when a temporary failure keeps the plan from being read; a lasting one ends the wait")
  func failingReads() async throws {
    let tokens = try fixture.started(2)
    async let result = result(of: tokens[0])
    try await fixture.waiting(1)
    engine.next(.beforeRead) { throw StorageError(.busy, operation: "reading", subject: "it") }
    try fixture.complete(tokens[0], "done")
    let next = fixture.time.now().adding(PlanWaiters.retryInterval)
    try await waitUntil("the next try to be planned") { fixture.time.isAwaited(next) }
    fixture.time.advance(by: PlanWaiters.retryInterval)
    #expect(try await result == "done")

    engine.next(.beforeRead) { throw StorageError(.corrupt, operation: "reading", subject: "it") }
    #expect(await asyncErrorCode { try await self.result(of: tokens[1]) } == "corrupt")
    #expect(fixture.isWithoutWaiters)
  }

  @Test("when another process commits it: one question at each interval, one reading for all tasks")
  func otherProcesses() async throws {
    let inner = try LifecycleFixture.backend.open()
    let other = try LifecycleFixture(engine: inner)
    let deaf = HookedEngine(inner, isDeaf: true)
    let fixture = try LifecycleFixture(engine: deaf)
    let tokens = try other.started(20)
    let handles = tokens.map { fixture.plans.handle(for: $0.plan) }
    async let results = withThrowingTaskGroup(of: JSONValue.self) { group in
      for handle in handles { group.addTask { try await handle.result() } }
      return try await group.reduce(into: [JSONValue]()) { $0.append($1) }
    }
    try await fixture.waiting(20)
    for round in 1...5 {
      let reads = deaf.reads
      let next = fixture.time.now().adding(CommitPoller.interval)
      try await waitUntil("the next question to be planned") { fixture.time.isAwaited(next) }
      #expect(deaf.reads == reads)
      // Of the commits of another process, those that end no plan that is waited for cause no read.
      if round == 3 { _ = try other.use() }
      if round == 5 { for token in tokens { try other.complete(token, "done") } }
      fixture.time.advance(by: CommitPoller.interval)
      // The first question has no earlier answer to compare with.
      let expected = round == 1 || round == 5 ? 2 : 1
      try await waitUntil("the answer") {
        deaf.reads == reads + expected && fixture.plans.waiters.isIdle
      }
    }
    #expect(try await results == Array(repeating: "done", count: 20))
    #expect(fixture.isWithoutWaiters)
  }

  @Test("when tasks begin and end to wait while plans end at random times")
  func random() async throws {
    let fixture = fixture
    var random = SeededGenerator.announced()
    for _ in 0..<Rounds.scaled(40, long: 400) {
      let tokens = try fixture.started(Int.random(in: 1...8, using: &random))
      let seed = random.next()
      async let completions: Void = onDedicatedThread {
        var random = SeededGenerator(seed: seed)
        for token in tokens.shuffled(using: &random) {
          for _ in 0..<Int.random(in: 0...50, using: &random) { sched_yield() }
          try fixture.complete(token, .string("\(token.plan)"))
        }
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for token in tokens + tokens {
          let isCancelled = Int.random(in: 0..<4, using: &random) == 0
          group.addTask {
            let task = Task { try await result(of: token) }
            if isCancelled { task.cancel() }
            do { return try await task.value == .string("\(token.plan)") } catch {
              return isCancelled && error is CancellationError
            }
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
      try await completions
      #expect(fixture.isWithoutWaiters)
    }
  }
}
