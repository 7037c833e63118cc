import Foundation
import Planwright
import TestSupport
import Testing

@Suite("Suspending a plan system", .timeLimit(.minutes(30)))
struct SuspensionTests {
  @Test("works on every store, and its worker and its feed go on", arguments: 0..<5)
  func stores(_ kind: Int) async throws {
    let directory = try ScratchDirectory()
    let backends: [StorageBackend] = [
      .inMemory, .sqliteInMemory, .sqliteInMemory(named: "suspended"),
      .sqlite(at: directory.path("a.db")),
      .sqlite(at: directory.path("b.db"), options: SQLiteOptions(exclusive: true)),
    ]
    let system = try PlanSystem.open(backends[kind])
    try await system.plans.write { transaction in
      try transaction.createAction(try Fixture.action(automation: .auto))
    }
    let worker = system.worker(
      named: "w", handlers: [try Fixture.actor(): { _, _ in .complete("done") }])
    async let running: Void = worker.run()
    for round in 0..<5 {
      let plan = try await system.plans.write { try $0.use("local/sample") }
      if round.isMultiple(of: 2) {
        try await system.suspend(calls: .wait, within: .seconds(600))
        async let waiting = system.plans.read { try $0.plan(plan.id) }
        try await system.resume()
        #expect(try await waiting.id == plan.id)
      } else {
        try system.suspendBlocking(within: .seconds(600))
        #expect(await asyncErrorCode { try await system.plans.write { _ in } } == "suspended")
        try system.resumeBlocking()
      }
      for try await change in system.plans.changes(after: .start)
      where change.event.plan == plan.id && change.event.to == .applyApplied { break }
    }
    worker.stop()
    try await running
    try system.close()
    #expect(await asyncErrorCode { try await system.suspend() } == "closed")
  }

  @Test("concerns every system that has the store open")
  func shared() async throws {
    let systems = try (0..<3).map { _ in try PlanSystem.open(.inMemory(named: "all-suspended")) }
    try await systems[0].suspend()
    for system in systems {
      #expect(errorCode { try system.plans.readBlocking { _ in } } == "suspended")
    }
    try await systems[2].resume()
    for system in systems {
      try system.plans.readBlocking { _ in }
      try system.close()
    }
  }
}
