import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("Registering an action")
struct RegisterTests {
  private func definition(
    attempts: Int = 3, reusable: Bool = true, by: String? = nil
  ) throws -> ActionDefinition {
    let actor: ActorName = "somebody"
    return try ActionDefinition(
      name: "sample", description: "do {text}", definitionOfDone: "it is done",
      actors: Actors(strategy: actor, execution: actor),
      arguments: ArgumentList([
        ArgumentDefinition(
          name: "text", type: .string, requirement: .optional(default: "it"), pattern: "[a-z]*"),
        ArgumentDefinition(name: "n", type: .number, requirement: .optional(default: 1.5)),
      ]),
      invariants: ["é"], reusable: reusable, retry: RetryPolicy(attempts: attempts),
      attemptTimeout: .seconds(60), tags: ["t"], createdBy: by)
  }

  private func register(
    _ definition: ActionDefinition, in fixture: LifecycleFixture
  ) throws -> Action {
    try fixture.plans.writeBlocking { try $0.register(definition) }
  }

  @Test(
    "creates it, leaves an equal one unchanged, and makes the next version of another one",
    arguments: TestStore.allCases)
  func versions(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let created = try register(try definition(), in: fixture)
    #expect(try created.version == 1 && created.definition == definition())
    fixture.time.advance(by: .seconds(1))
    #expect(try register(try definition(), in: fixture) == created)
    #expect(try register(try definition(by: "somebody else"), in: fixture) == created)
    let next = try register(try definition(attempts: 4), in: fixture)
    #expect(next.version == 2 && next.definition.retry.attempts == 4)
    #expect(next.createdAt == created.createdAt && next.updatedAt == fixture.time.now())
    #expect(try register(try definition(attempts: 4), in: fixture) == next)
    let stored = try fixture.plans.readBlocking { try $0.action("sample") }
    #expect(stored == next)
  }

  @Test("leaves an archived action alone, and refuses to change it", arguments: TestStore.allCases)
  func archived(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let once = try definition(reusable: false)
    _ = try register(once, in: fixture)
    try fixture.plans.writeBlocking { _ = try $0.use("sample") }
    // The second start of a program whose action was used up.
    let archived = try register(once, in: fixture)
    #expect(archived.state == .archived && archived.version == 2)
    #expect(throws: PlanError.actionArchived("sample")) {
      try register(try definition(attempts: 4, reusable: false), in: fixture)
    }
    #expect(try fixture.plans.readBlocking { try $0.action("sample") } == archived)
  }

  @Test("ends with one version when many threads do it at once", arguments: TestStore.allCases)
  func racing(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    for version in 1...5 {
      let definition = try definition(attempts: version)
      let registered = try race(16) { _ in
        try fixture.plans.writeBlocking { try $0.register(definition) }
      }
      #expect(registered.map(\.version) == Array(repeating: version, count: 16))
      #expect(registered.allSatisfy { $0.definition == definition })
    }
    let actions = try fixture.plans.readBlocking { try $0.actions(matching: ActionQuery()) }.rows
    #expect(actions.map(\.version) == [5])
  }

  @Test("ends with one version when many processes start at once")
  func processes() async throws {
    let directory = try ScratchDirectory()
    for version in 1...3 {
      let said = try await onDedicatedThread {
        let processes = try (0..<6).map { _ in
          try TestProcess("register", directory.path("plans.db"), "\(version)")
        }
        for process in processes { process.waitUntilReady() }
        for process in processes { try process.goOn() }
        return Set(processes.flatMap { $0.lines() })
      }
      #expect(said == ["version \(version), \(version) attempts"])
    }
  }
}
