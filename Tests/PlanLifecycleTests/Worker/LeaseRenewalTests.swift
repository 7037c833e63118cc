import Dispatch
import Foundation
import InMemoryStorage
import PlanDomain
import PlanStorage
import TestSupport
import Testing

@testable import PlanLifecycle

@Suite("The thread of a worker", .timeLimit(.minutes(30)))
struct LeaseRenewalTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  // Protection 23: renew in tasks instead of on a thread, and the leases expire while all
  // cooperative threads are blocked.
  @Test("keeps all leases while handlers block every cooperative thread, in one unit of work each")
  func blockingHandlers() async throws {
    let fixture = fixture
    let plans = try (0..<8).map { _ in try fixture.use().id }
    let gate = DispatchSemaphore(value: 0)
    let started = DispatchSemaphore(value: 0)
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          started.signal()
          try Self.block(gate)
          return .complete("done")
        }
      ], options: try WorkerOptions(concurrency: 8, leaseFor: .seconds(30)))
    let running = Task { try await worker.run() }
    // On a thread of its own: no task gets anywhere while the handlers block, so not for long.
    let renewals = try await onDedicatedThread {
      try started.wait(for: "a handler to begin")
      let commits = Locked(0)
      let expiries = {
        try fixture.plans.readBlocking { snapshot in
          try plans.compactMap { try snapshot.plan($0).progress.lease?.expiresAt }
        }
      }
      for _ in 0..<5 {
        let before = try expiries()
        // Not before the thread waits for its next renewal: it would count from the later time.
        let next = fixture.time.now().adding(.seconds(10))
        try blockUntil("the next renewal to be planned") { fixture.time.isAwaited(next) }
        fixture.time.advance(by: .seconds(10))
        let now = fixture.time.now().adding(.seconds(30))
        try blockUntil("all leases to be renewed") { try expiries() == before.map { _ in now } }
        commits.withLock { $0 += 1 }
      }
      for _ in plans { gate.signal() }
      return commits.withLock { $0 }
    }
    #expect(renewals == 5)
    for id in plans {
      let done = try await fixture.reached(id) { $0.status == .strategizeComplete }
      #expect(done.progress.attempt == 1)
    }
    worker.stop()
    try await running.value
  }

  private static func block(_ gate: DispatchSemaphore) throws {
    try gate.wait(for: "the test to let the handlers go on")
  }

  // Protection 23: name the leases to the renewal only after the claim has returned to its task, and
  // those that were claimed just before the threads were blocked expire.
  @Test("keeps also the leases whose claim is committed while every cooperative thread is blocked")
  func claimedWhileBlocked() async throws {
    let (engine, answer) = (SlowAnswers(try LifecycleFixture.backend.open()), Latch<Void>())
    let fixture = try LifecycleFixture(engine: engine)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let (start, finish) = (Gate(), DispatchSemaphore(value: 0))
    let blocked = DispatchSemaphore(value: 0)
    let early = try (0..<threads).map { _ in try fixture.use("local/early").id }
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { assignment, _ in
          guard early.contains(assignment.plan.id) else { return .complete("done") }
          await start.wait()
          blocked.signal()
          try Self.block(finish)
          return .complete("done")
        }
      ], options: try WorkerOptions(concurrency: threads + 4, leaseFor: .seconds(30)))
    let running = Task { try await worker.run() }
    for id in early { _ = try await fixture.reached(id) { $0.status == .strategizeProcessing } }
    let isRenewed = try await onDedicatedThread {
      // The next claim is committed, and its answer on the way while all threads are blocked.
      engine.holdNextClaim(answer)
      let late = try fixture.use("local/late").id
      try blockUntil("the claim to be committed") { engine.isHolding }
      let expiry = try fixture.plan(late).progress.lease?.expiresAt
      start.open()
      for _ in early { try blocked.wait(for: "every thread to be blocked") }
      answer.open(with: ())
      fixture.time.advance(by: .seconds(10))
      // The renewal of the others says that it is over.
      try blockUntil("the other leases to be renewed") {
        try fixture.plan(early[0]).progress.lease?.expiresAt != expiry
      }
      let isRenewed = try fixture.plan(late).progress.lease?.expiresAt != expiry
      for _ in early { finish.signal() }
      return isRenewed
    }
    #expect(isRenewed)
    worker.stop()
    try await running.value
  }

  // Report every refused renewal, and this tells of trouble that is none.
  @Test("does not report a lease that ended with the handler's own outcome")
  func renewalAfterCompletion() async throws {
    let reports = Locked([String]())
    let (engine, hold) = (SlowAnswers(try LifecycleFixture.backend.open()), Latch<Void>())
    let fixture = try LifecycleFixture(engine: engine)
    // One slot: while it is taken, nothing else writes.
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          engine.holdNextAnswer(hold)
          return .complete("done")
        }
      ], options: try WorkerOptions(concurrency: 1, leaseFor: .seconds(30))
    ) { report in
      switch report {
      case .trouble, .leaseLost, .setAside: reports.withLock { $0.append("\(report)") }
      default: break
      }
    }
    let plan = try fixture.use()
    let running = Task { try await worker.run() }
    // Completed and committed, but not yet reported when the lease is renewed.
    try await waitUntil("the outcome to be committed") {
      try fixture.plan(plan.id).status == .strategizeComplete && engine.isHolding
    }
    let writes = engine.writes
    fixture.time.advance(by: .seconds(10))
    try await waitUntil("the renewal") { engine.writes > writes }
    hold.open(with: ())
    worker.stop()
    try await running.value
    #expect(reports.withLock { $0 }.isEmpty)
  }

  // Leave the time-outs to the loop that claims, and no plan is reclaimed before the threads are free.
  @Test("ends attempts at their time-outs while handlers block every cooperative thread")
  func timeouts() async throws {
    let fixture = fixture
    let plans = try (0..<8).map { _ in
      try fixture.use(retry: .never, attemptTimeout: .seconds(50)).id
    }
    let (gate, started) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let recorder = HandlerRecorder()
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [
        try Fixture.actor(): { _, _ in
          started.signal()
          try Self.block(gate)
          return .complete("late")
        }
      ], options: try WorkerOptions(concurrency: 8), report: recorder.report)
    let running = Task { try await worker.run() }
    // On a thread of its own: no task gets anywhere while the handlers block.
    try await onDedicatedThread {
      try started.wait(for: "a handler to begin")
      fixture.time.advance(by: .seconds(50))
      try blockUntil("all attempts to be ended") {
        try fixture.plans.readBlocking { snapshot in
          try plans.allSatisfy { try snapshot.plan($0).status == .strategizeErrored }
        }
      }
      for _ in plans { gate.signal() }
    }
    try await waitUntil("all handlers to return") { recorder.counts.count("lost") == 8 }
    worker.stop()
    try await running.value
  }

  @Test("wakes for the earliest alarm, skips cancelled ones, and ends when it is stopped")
  func alarms() async throws {
    let time = ManualTime()
    let order = Locked([Int]())
    let alarms = AlarmThread(time: time)
    let start = time.now()
    func schedule(_ seconds: Int) throws -> AlarmThread.Alarm {
      try alarms.schedule(at: start.adding(.seconds(seconds))) {
        order.withLock { $0.append(seconds) }
      }
    }
    _ = try schedule(30)
    let taken = try schedule(20)
    _ = try schedule(10)
    alarms.cancel(taken)
    for (moment, expected) in [(10, [10]), (25, [10]), (30, [10, 30])] {
      time.advance(by: start.adding(.seconds(moment)).since(time.now()))
      try await waitUntil("alarms \(expected)") { order.withLock { $0 } == expected }
    }
    // What waits is run when the thread ends, and what comes later at once.
    _ = try schedule(99)
    alarms.stop()
    try await waitUntil("the last alarm") { order.withLock { $0 } == [10, 30, 99] }
    _ = try schedule(100)
    #expect(order.withLock { $0 } == [10, 30, 99, 100])
  }

  @Test("keeps the earlier time of an alarm that is scheduled twice, and can schedule it again")
  func oneAlarm() async throws {
    let time = ManualTime()
    let order = Locked([Int]())
    let alarms = AlarmThread(time: time)
    let (alarm, start) = (alarms.makeAlarm(), time.now())
    func schedule(_ alarm: AlarmThread.Alarm?, _ seconds: Int) throws {
      try alarms.schedule(alarm, at: start.adding(.seconds(seconds))) {
        order.withLock { $0.append(seconds) }
      }
    }
    for seconds in [20, 30, 10, 15] { try schedule(alarm, seconds) }
    try schedule(nil, 31)
    time.advance(to: start.adding(.seconds(31)))
    try await waitUntil("both alarms") { order.withLock { $0 } == [10, 31] }
    try schedule(alarm, 40)
    try schedule(nil, 41)
    time.advance(to: start.adding(.seconds(41)))
    try await waitUntil("both alarms again") { order.withLock { $0 } == [10, 31, 40, 41] }
    alarms.stop()
  }

  @Test("needs no alarm for a plan that is done before its lease is renewed")
  func oneTimer() async throws {
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: [try Fixture.actor(): { _, _ in .complete("done") }],
      options: try WorkerOptions(leaseFor: .seconds(30)))
    let running = Task { try await worker.run() }
    for _ in 0..<200 {
      let plan = try fixture.use()
      _ = try await fixture.reached(plan.id) { $0.status == .strategizeComplete }
    }
    // One wait of one thread, however many attempts there were.
    #expect(fixture.time.waiting <= 1)
    worker.stop()
    try await running.value
  }
}

/// A store that can keep the answer to a committed unit of work back.
private final class SlowAnswers: StorageEngine {
  let traits = StorageTraits(latency: .blocking, isDurable: false, isSharedBetweenProcesses: false)
  var notifier: CommitNotifier { inner.notifier }
  private let inner: any StorageEngine
  private struct State: Sendable {
    var writes = 0
    var hold: Latch<Void>?
    var claimHold: Latch<Void>?
    var isHolding = false
  }
  private let state = Locked(State())

  init(_ inner: any StorageEngine) { self.inner = inner }

  /// How many units of work have been committed.
  var writes: Int { state.withLock { $0.writes } }

  /// Whether an answer is being kept back.
  var isHolding: Bool { state.withLock { $0.isHolding } }

  func holdNextAnswer(_ latch: Latch<Void>) { state.withLock { $0.hold = latch } }

  /// Keeps back the answer to the next unit of work that claims something.
  func holdNextClaim(_ latch: Latch<Void>) { state.withLock { $0.claimHold = latch } }

  func read(_ body: @Sendable (any ReadSession) throws -> Void) throws {
    try inner.read(body)
  }

  func write(_ body: @Sendable (any UnitOfWork) throws -> Void) throws {
    let claims = Locked(false)
    try inner.write { session in
      try body(session)
      let leased = try session.plans(matching: PlanQuery(PlanFilter(state: .processing))).rows
      // Whether the newest plan was claimed just now.
      claims.withLock { $0 = leased.first?.definition.action.name == "local/late" }
    }
    let isClaim = claims.withLock { $0 }
    let hold = state.withLock { state in
      state.writes += 1
      defer {
        state.hold = nil
        if isClaim { state.claimHold = nil }
      }
      let hold = state.hold ?? (isClaim ? state.claimHold : nil)
      state.isHolding = hold != nil
      return hold
    }
    try hold?.wait(for: "the test to let the answer go on")
  }

  func close() throws(StorageError) { try inner.close() }
}

extension DispatchSemaphore {
  /// Waits for a signal; throws `TimeoutError` when there is none within its limit.
  fileprivate func wait(for what: String) throws {
    let seconds = Int(TimeoutError.limit.components.seconds)
    guard wait(timeout: .now() + .seconds(seconds)) == .success else {
      throw TimeoutError(waitingFor: what)
    }
  }
}
