import Planwright
import TestSupport
import Testing

/// The arguments of the README's action.
struct Note: Codable { let text: String }

@Suite("A host of typed actions", .timeLimit(.minutes(30)))
struct TypedHostTests {
  @Test("defines, uses and runs an action without a JSON value, on every store")
  func story() async throws {
    let directory = try ScratchDirectory()
    for backend in [.inMemory, .sqlite(at: directory.path("plans.db"))] as [StorageBackend] {
      #expect(try await Self.lengthOfNote(on: backend) == 17)
    }
  }

  private static func lengthOfNote(on backend: StorageBackend) async throws -> Int {
    let note = try TypedAction("local/note", taking: Note.self, description: "Note down: {text}")
      .execute { run in
        run.report(run.plan.definition.description)
        return run.arguments.text.count
      }
    let system = try PlanSystem.open(backend)
    try await system.plans.write { _ = try $0.createAction(note.definition) }
    let worker = try system.worker(named: "notes", actions: [note])
    let running = Task { try await worker.run() }
    let plan = try await system.plans.write { transaction in
      try transaction.use(note, arguments: Note(text: "remember the milk"))
    }
    for try await change in system.plans.changes(after: .start) {
      if change.event.plan == plan.id, change.event.to == .applyApplied { break }
    }
    let length = try await system.plans.read { try note.result(of: $0.plan(plan.id)) }
    worker.stop()
    try await running.value
    try system.close()
    return length
  }

  @Test("gets an error for two actions of one name")
  func names() throws {
    let system = try PlanSystem.open(.inMemory)
    let note = try TypedAction("local/note", taking: Note.self, description: "Note down: {text}")
    #expect(
      errorCode { try system.worker(named: "notes", actions: [note, note]) }
        == "actionAlreadyExists")
    try system.close()
  }
}
