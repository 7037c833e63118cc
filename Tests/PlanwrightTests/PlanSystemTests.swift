import Planwright
import TestSupport
import Testing

@Suite("A plan system")
struct PlanSystemTests {
  @Test(
    "opens what a location names, and says what to write instead of anything else",
    arguments: ["", "memory", "tape:", "tape:x", "MEMORY:", ":", "☃:x", "/plans.db"])
  func refusedLocations(location: String) {
    #expect { try StorageBackend(location: location) } throws: { error in
      let error = error as? StorageError
      return error?.code == .invalidLocation
        && error?.description.contains("write sqlite:FILE, memory: or memory:NAME") == true
    }
  }

  @Test("keeps memory: private and shares memory:NAME")
  func locations() throws {
    let private1 = try PlanSystem.open(try StorageBackend(location: "memory:"))
    let private2 = try PlanSystem.open(try StorageBackend(location: "memory:"))
    let name = "memory:system-tests"
    let shared1 = try PlanSystem.open(try StorageBackend(location: name))
    let shared2 = try PlanSystem.open(try StorageBackend(location: name))
    for system in [private1, shared1] {
      try system.plans.writeBlocking { try $0.createAction(try Fixture.action()) }
    }
    func actions(_ system: PlanSystem) throws -> Int {
      try system.plans.readBlocking { try $0.actions(matching: ActionQuery()) }.rows.count
    }
    #expect(try actions(private2) == 0 && actions(shared2) == 1)
    #expect(shared1.location == name && private1.location == "memory:")
    for system in [private1, private2, shared1, shared2] { try system.close() }
    #expect(errorCode { try actions(shared2) } == "closed")
  }

  @Test("runs a plan to its end on every store, with the same code", .timeLimit(.minutes(30)))
  func stores() async throws {
    let directory = try ScratchDirectory()
    for backend in [
      .inMemory, .sqlite(at: directory.path("a.db")), .sqliteInMemory,
      .sqliteInMemory(named: "host"),
      .sqlite(at: directory.path("b.db"), options: SQLiteOptions(exclusive: true)),
      try StorageBackend(location: "sqlite:\(directory.path("c.db"))"),
    ] {
      try await Self.runPlan(on: backend)
    }
    // What was acknowledged is there after a close.
    let system = try PlanSystem.open(.sqlite(at: directory.path("a.db")))
    let plans = try await system.plans.read { try $0.plans(matching: PlanQuery()).rows }
    #expect(plans.map(\.status) == [.applyApplied])
    try system.close()
  }

  private static func runPlan(on backend: StorageBackend) async throws {
    let system = try PlanSystem.open(backend)
    let writer = ActorName("writer")
    let plan = try await system.plans.write { transaction in
      try transaction.createAction(
        ActionDefinition(
          name: ActionName("local/note"), description: "Note down {text}",
          definitionOfDone: "it is noted", actors: Actors(strategy: writer, execution: writer),
          arguments: ArgumentList([ArgumentDefinition(name: "text", type: .string)]),
          automation: .auto))
      return try transaction.use("local/note", arguments: ["text": "remember the milk"])
    }
    let worker = system.worker(
      named: "notes",
      handlers: [
        writer: { assignment, _ in
          .complete(assignment.arguments["text"] ?? .null)
        }
      ])
    async let running: Void = worker.run()
    for try await change in system.plans.changes(after: .start)
    where change.event.to == .applyApplied { break }
    worker.stop()
    try await running
    let done = try await system.plans.read { try $0.plan(plan.id) }
    #expect(done.progress.result(of: .apply) == "remember the milk")
    #expect(done.definition.description == "Note down remember the milk")
    try system.close()
  }

  @Test("reads the machine's clock, and waits for a time or for a signal")
  func systemTime() async throws {
    let time = SystemTimeSource()
    let start = time.now()
    #expect(start > Timestamp(microseconds: 1_700_000_000_000_000))
    let end = try await onDedicatedThread {
      let signal = ThreadSignal()
      let soon = start.adding(.milliseconds(20))
      while time.now() < soon { time.wait(until: soon, orUntil: signal) }
      // Past times do not wait, and a raised signal ends the wait for any other.
      time.wait(until: start, orUntil: signal)
      for later in [start.adding(.seconds(86_400)), nil] {
        signal.raise()
        time.wait(until: later, orUntil: signal)
      }
      return time.now()
    }
    #expect(end >= start.adding(.milliseconds(20)))
  }
}
