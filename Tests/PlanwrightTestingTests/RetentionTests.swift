import Planwright
import PlanwrightTesting
import Testing

@Suite("A run until idle, by a worker that keeps finished plans for a time")
struct RetentionTests {
  @Test("purges all that are due, however many, and no others", arguments: TestStore.allCases)
  func purges(_ store: TestStore) async throws {
    let test = try TestSystem(store)
    let writer: ActorName = "writer"
    try await test.plans.write { transaction in
      try transaction.createAction(
        ActionDefinition(
          name: "local/note", description: "note", definitionOfDone: "noted",
          actors: Actors(strategy: writer, execution: writer), automation: .auto))
      for _ in 0..<250 {
        let old = try transaction.use("local/note")
        try transaction.cancel(old.id, reason: "old")
      }
    }
    test.time.advance(by: .seconds(61))
    let start = test.time.now()
    let new = try await test.plans.write { try $0.use("local/note") }
    let end = try await test.runUntilIdle(
      [writer: { _, _ in .complete(.null) }], options: WorkerOptions(keepFinished: .seconds(60)))
    #expect(end == .idle && test.time.now() == start)
    let left = try await test.plans.read { try $0.plans(matching: PlanQuery()).rows }
    #expect(left.map(\.id) == [new.id] && left.first?.status == .applyApplied)
  }
}
