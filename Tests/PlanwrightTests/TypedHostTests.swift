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
    try await system.register([note])
    let worker = try system.worker(named: "notes", actions: [note])
    let length = try await worker.run {
      try await system.plans.use(note, arguments: Note(text: "remember the milk")).result()
    }
    try system.close()
    return length
  }

  @Test("registers its actions at every start: all of them or none")
  func registration() async throws {
    let directory = try ScratchDirectory()
    for backend in [.inMemory, .sqlite(at: directory.path("plans.db"))] as [StorageBackend] {
      let system = try PlanSystem.open(backend)
      func note(_ description: String) throws -> TypedAction<Note, NoValue> {
        try TypedAction("local/note", taking: Note.self, description: description)
      }
      let once = TypedAction(
        try ActionDefinition(
          name: "local/once", description: "x", definitionOfDone: "",
          actors: Actors(strategy: "a", execution: "a")), taking: NoValue.self)
      func versions() async throws -> [Int] {
        try await system.plans.read { try $0.actions(matching: ActionQuery()).rows.map(\.version) }
      }
      for _ in 1...2 { try await system.register([try note("{text}"), once]) }
      #expect(try await versions() == [1, 1])
      try await system.plans.write { _ = try $0.archiveAction("local/once", ifVersion: 1) }
      // Refused for the second action, so the first one is not updated either.
      let changed = TypedAction(
        try ActionDefinition(
          name: "local/once", description: "y", definitionOfDone: "",
          actors: Actors(strategy: "a", execution: "a")), taking: NoValue.self)
      let actions: [any ExecutableAction] = [try note("other {text}"), changed]
      await #expect(throws: PlanError.self) { try await system.register(actions) }
      #expect(try await versions().sorted() == [1, 2])
      try await system.register([try note("other {text}")])
      #expect(try await versions() == [2, 2])
      try system.close()
    }
  }

  @Test("gets an error for two definitions of one name, and nothing is stored")
  func conflictingDefinitions() async throws {
    let system = try PlanSystem.open(.inMemory)
    func action(_ name: ActionName, _ description: String) throws -> TypedAction<Note, NoValue> {
      try TypedAction(name, taking: Note.self, description: description)
    }
    let (note, other) = (try action("local/note", "{text}"), try action("local/note", "x"))
    let first = try action("local/first", "x")
    let error = await #expect(throws: PlanError.self) {
      try await system.register([first, note, other])
    }
    #expect(error?.code == .actionAlreadyExists && error?.action == "local/note")
    #expect(error?.description.contains("defined twice and differently") == true)
    func names() async throws -> [ActionName] {
      try await system.plans.read { try $0.actions(matching: ActionQuery()).rows.map(\.name) }
    }
    #expect(try await names() == [])
    try await system.register([note, note])
    #expect(try await names() == ["local/note"])
    try system.close()
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
