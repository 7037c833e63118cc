import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@testable import SQLiteStorage

@Suite("The thread that commits for tasks")
struct WriteQueueSpinningTests {
  @Test("spins only where the options allow it and the system has another processor")
  func options() throws {
    let directory = try ScratchDirectory()
    func spins(_ options: SQLiteOptions) throws -> Bool {
      let store = try SQLiteEngineRegistry().open(directory.path("plans.db"), options)
      defer { try? store.close() }
      return store.engine.queue.callWait > 0
    }
    #expect(try spins(SQLiteOptions()) == Spinning.isUseful)
    #expect(try spins(SQLiteOptions(durability: .normal)) == Spinning.isUseful)
    #expect(try !spins(SQLiteOptions(allowsSpinning: false)))
  }

  @Test("commits every unit of work without spinning", arguments: [1, 16])
  func withoutSpinning(tasks: Int) async throws {
    let directory = try ScratchDirectory()
    let store = try SQLiteEngineRegistry().open(
      directory.path("plans.db"), SQLiteOptions(durability: .normal, allowsSpinning: false))
    let plans = PlanLifecycleService(engine: store, environment: TestEnvironment().environment)
    try await plans.write { _ = try $0.createAction(Fixture.action()) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<tasks {
        group.addTask {
          for _ in 0..<10 { try await plans.write { _ = try $0.use("local/sample") } }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await plans.read { try $0.counts(in: .all)[.strategizeQueued] } == 10 * tasks)
    try plans.close()
  }
}
