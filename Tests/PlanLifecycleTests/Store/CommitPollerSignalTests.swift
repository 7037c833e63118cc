import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("A store that can tell of the writes of other processes", .timeLimit(.minutes(30)))
struct CommitPollerSignalTests {
  /// This process and another one, which share a store.
  private struct Processes {
    let other: LifecycleFixture
    let engine: SignallingEngine
    let fixture: LifecycleFixture
    /// A task that reads the feed from now on; returns the plans of the first two events.
    let feed: Task<[Plan.ID], any Error>

    /// Waits until the feed waits.
    init(canTell: Bool = true) async throws {
      let inner = try LifecycleFixture.backend.open()
      let other = try LifecycleFixture(engine: inner)
      let engine = SignallingEngine(inner, canTell: canTell)
      let fixture = try LifecycleFixture(engine: engine)
      (self.other, self.engine, self.fixture) = (other, engine, fixture)
      let cursor = try other.plans.readBlocking { try $0.latestCursor() }
      feed = Task {
        var plans: [Plan.ID] = []
        for try await change in fixture.plans.changes(after: cursor) {
          plans.append(change.event.plan)
          if plans.count == 2 { break }
        }
        return plans
      }
      try await waitUntil("the feed to wait") { engine.hooked.reads == 1 }
    }

    /// Waits until the next question is planned after this delay, and moves the clock to it.
    ///
    /// The question and what follows from it make this number of reads.
    func ask(after delay: Duration, reads: Int = 1) async throws {
      let next = fixture.time.now().adding(delay)
      try await waitUntil("a question after \(delay)") { fixture.time.isAwaited(next) }
      let before = engine.hooked.reads
      fixture.time.advance(to: next)
      try await waitUntil("\(reads) reads") { engine.hooked.reads == before + reads }
    }

    /// Asks at the short interval as often as after a write.
    func askAsAfterWrite(_ count: Int = CommitPoller.questionsAfterWrite) async throws {
      for _ in 0..<count { try await ask(after: CommitPoller.interval) }
    }

    /// Ends the feed with two events.
    func end(after first: Plan.ID) async throws {
      let second = try other.use().id
      let done = Task { try await feed.value }
      let clock = Task {
        while !Task.isCancelled {
          fixture.time.advance(by: CommitPoller.interval)
          await Task.yield()
        }
      }
      #expect(try await done.value == [first, second])
      clock.cancel()
    }
  }

  @Test("is asked once a second while nothing is written")
  func idle() async throws {
    let processes = try await Processes()
    // The first answer is new, so the feed looks.
    try await processes.ask(after: CommitPoller.interval, reads: 2)
    for _ in 0..<5 {
      #expect(processes.engine.signals == 1)
      try await processes.ask(after: CommitPoller.idleInterval)
    }
    try await processes.end(after: try processes.other.use().id)
  }

  @Test("is asked at once after a write, then every 30 ms for a second, and then rarely again")
  func written() async throws {
    let processes = try await Processes()
    try await processes.ask(after: CommitPoller.interval, reads: 2)
    // The write is told of before its commit is visible.
    processes.engine.tell()
    try await waitUntil("the question") { processes.engine.hooked.reads == 4 }
    #expect(processes.engine.signals == 0)
    let plan = try processes.other.use()
    try await processes.ask(after: CommitPoller.interval, reads: 1 + 2)
    try await processes.askAsAfterWrite(CommitPoller.questionsAfterWrite - 2)
    #expect(processes.engine.signals == 0)
    try await processes.ask(after: CommitPoller.interval)
    #expect(processes.engine.signals == 1)
    try await processes.ask(after: CommitPoller.idleInterval)
    try await processes.end(after: plan.id)
  }

  @Test("is no longer relied upon after a commit that it did not tell of")
  func untold() async throws {
    let processes = try await Processes()
    try await processes.ask(after: CommitPoller.interval, reads: 2)
    let plan = try processes.other.use()
    try await processes.ask(after: CommitPoller.idleInterval, reads: 1 + 2)
    try await processes.askAsAfterWrite(2 * CommitPoller.questionsAfterWrite)
    try await processes.end(after: plan.id)
  }

  @Test("is relied upon again when it tells of the commit late")
  func toldLate() async throws {
    let processes = try await Processes()
    try await processes.ask(after: CommitPoller.interval, reads: 2)
    let plan = try processes.other.use()
    try await processes.ask(after: CommitPoller.idleInterval, reads: 1 + 2)
    let reads = processes.engine.hooked.reads
    processes.engine.tell()
    try await waitUntil("the question") { processes.engine.hooked.reads == reads + 1 }
    try await processes.askAsAfterWrite()
    #expect(processes.engine.signals == 1)
    try await processes.ask(after: CommitPoller.idleInterval)
    try await processes.end(after: plan.id)
  }

  @Test("is asked every 30 ms when it cannot tell")
  func cannotTell() async throws {
    let processes = try await Processes(canTell: false)
    try await processes.ask(after: CommitPoller.interval, reads: 2)
    try await processes.askAsAfterWrite()
    try await processes.end(after: try processes.other.use().id)
  }
}
