import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A worker that keeps finished trees for a time", .timeLimit(.minutes(30)))
struct TreeRetentionTests {
  /// The numbers of plans that a worker has purged, in the order in which it did.
  final class Purges: Sendable {
    private let counts = Locked([Int]())
    var all: [Int] { counts.withLock { $0 } }
    func append(_ count: Int) { counts.withLock { $0.append(count) } }
  }

  let fixture: LifecycleFixture
  let purged = Purges()
  init() throws { fixture = try LifecycleFixture() }

  private func withWorker(
    _ options: WorkerOptions, handler: @escaping PlanHandler = { _, _ in .complete(.null) },
    _ body: () async throws -> Void
  ) async throws {
    let worker = PlanWorker(
      store: fixture.plans, name: "worker", handlers: [try Fixture.actor(): handler],
      options: options
    ) { [purged] report in
      if case .purged(let plans) = report { purged.append(plans) }
    }
    async let running: Void = worker.run()
    try await body()
    worker.stop()
    try await running
  }

  private func exists(_ id: Plan.ID) throws -> Bool {
    errorCode { try fixture.plan(id) } != "planNotFound"
  }

  /// Moves the clock to the next time that the worker waits for, which must be this one.
  private func advance(to time: Timestamp) async throws {
    try await waitUntil("the worker to wait until \(time)") {
      // In between it looks once for actors without a handler.
      if let next = fixture.time.nextWake, next < time {
        fixture.time.advance(by: next.since(fixture.time.now()))
      }
      return fixture.time.nextWake == time
    }
    fixture.time.advance(by: time.since(fixture.time.now()))
  }

  @Test("purges each tree when its time is over, and not a microsecond before")
  func inTime() async throws {
    let keep = Duration.seconds(3_600)
    try await withWorker(try WorkerOptions(keepFinished: keep)) {
      var plans: [Plan] = []
      for _ in 0..<3 {
        let id = try fixture.use(automation: .auto).id
        plans.append(try await fixture.reached(id) { $0.isFinal })
        fixture.time.advance(by: .seconds(600))
      }
      for (number, plan) in plans.enumerated() {
        let end = try #require(plan.endedAt)
        try await advance(to: end.adding(keep).adding(.microseconds(1)))
        try await waitUntil("tree \(number) to be purged") { try !exists(plan.id) }
        for later in plans[(number + 1)...] { #expect(try exists(later.id)) }
      }
      try await waitUntil("the reports") { purged.all == [1, 1, 1] }
    }
  }

  @Test("purges what was there before it began, in units of work of a hundred plans")
  func inUnits() async throws {
    let plans = try (0..<230).map { _ in try fixture.use().id }
    for id in plans { try fixture.plans.writeBlocking { try $0.cancel(id, reason: "old") } }
    let kept = try fixture.use().id
    fixture.time.advance(by: .seconds(61))
    let options = try WorkerOptions(keepFinished: .seconds(60))
    try await withWorker(options, handler: { _, _ in .complete(.null) }) {
      try await waitUntil("all to be purged") { purged.all.reduce(0, +) == 230 }
      #expect(purged.all == [100, 100, 30])
      // Not finished: it waits for an approval.
      _ = try await fixture.reached(kept) { $0.status == .strategizeComplete }
    }
    #expect(try exists(kept))
  }

  @Test("claims before it purges, and purges nothing while all of its slots are in use")
  func busy() async throws {
    let old = try fixture.use().id
    try fixture.plans.writeBlocking { try $0.cancel(old, reason: "old") }
    fixture.time.advance(by: .seconds(61))
    let plan = try fixture.use().id
    let gate = Gate()
    let options = try WorkerOptions(concurrency: 1, keepFinished: .seconds(60))
    try await withWorker(
      options,
      handler: { _, _ in
        await gate.wait()
        return .complete(.null)
      }
    ) {
      _ = try await fixture.reached(plan) { $0.status == .strategizeProcessing }
      // Each of these wakes the worker, and none is for a free slot.
      for _ in 0..<20 {
        _ = try fixture.use()
        #expect(try exists(old))
      }
      #expect(purged.all.isEmpty)
      gate.open()
      try await waitUntil("the old tree to be purged") { try !exists(old) }
    }
  }

  @Test("keeps them all without a policy, and refuses one that is negative")
  func none() async throws {
    let old = try fixture.use().id
    try fixture.plans.writeBlocking { try $0.cancel(old, reason: "old") }
    fixture.time.advance(by: .seconds(86_400))
    try await withWorker(.standard) {
      let plan = try fixture.use().id
      _ = try await fixture.reached(plan) { $0.status == .strategizeComplete }
    }
    #expect(try exists(old) && purged.all.isEmpty)
    #expect(errorCode { try WorkerOptions(keepFinished: .seconds(-1)) } == "outOfRange")
  }
}
