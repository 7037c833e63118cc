import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A worker reports actors that do not match", .timeLimit(.minutes(30)))
struct UnservedTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  /// Runs a worker for these actors, and gives what it tells of names.
  private func reports(
    of actors: [ActorName], _ body: (AsyncStream<String>.Iterator) async throws -> Void
  ) async throws {
    let told = AsyncStream<String>.makeStream()
    let handler: PlanHandler = { _, _ in .complete(.null) }
    let worker = PlanWorker(
      store: fixture.plans, name: "worker",
      handlers: Dictionary(uniqueKeysWithValues: actors.map { ($0, handler) })
    ) { report in
      switch report {
      case .unserved(let actor, let since):
        told.continuation.yield("unserved \(actor) \(since.microseconds)")
      case .unreachable(let actor): told.continuation.yield("unreachable \(actor)")
      default: break
      }
    }
    let running = Task { try await worker.run() }
    try await body(told.stream.makeAsyncIterator())
    worker.stop()
    try await running.value
  }

  private func goOn(to time: Timestamp) async throws {
    try await waitUntil("the worker to sleep until \(time)") { fixture.time.nextWake == time }
    fixture.time.advance(by: time.since(fixture.time.now()))
  }

  @Test("plans whose actor has no handler, and a handler that no action names")
  func both() async throws {
    try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action("local/note", actor: "writer"))
      _ = try transaction.use("local/note")
    }
    let start = fixture.time.now()
    try await reports(of: [ActorName("wirter")]) { iterator in
      var told = iterator
      try await goOn(to: start.adding(.seconds(10)))
      #expect(await told.next() == "unserved writer \(start.microseconds)")
      #expect(await told.next() == "unreachable wirter")
    }
  }

  @Test("plans that became ready while it worked, and nothing that another worker serves")
  func later() async throws {
    try fixture.plans.writeBlocking { transaction in
      for actor in ["served", "elsewhere", "nobody"] {
        try transaction.createAction(try Fixture.action("local/\(actor)", actor: actor))
      }
    }
    let start = fixture.time.now()
    let elsewhere = PlanWorker(
      store: fixture.plans, name: "other",
      handlers: [ActorName("elsewhere"): { _, _ in .complete(.null) }],
      options: try WorkerOptions(grace: .zero))
    try await reports(of: [ActorName("served")]) { iterator in
      var told = iterator
      try await goOn(to: start.adding(.seconds(10)))
      let other = Task { try await elsewhere.run() }
      let served = try fixture.plans.writeBlocking { transaction in
        _ = try transaction.use("local/nobody")
        _ = try transaction.use("local/elsewhere")
        return try transaction.use("local/served")
      }
      let since = fixture.time.now()
      _ = try await fixture.reached(served.id) { $0.status == .strategizeComplete }
      try await waitUntil("both workers to sleep for ten seconds") {
        fixture.time.nextWake.map { $0 >= since.adding(.seconds(10)) } ?? false
      }
      fixture.time.advance(by: .seconds(10))
      #expect(await told.next() == "unserved nobody \(since.microseconds)")
      elsewhere.stop()
      try await other.value
    }
  }
}
