import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The use of a typed action", .timeLimit(.minutes(30)))
struct TypedUseTests {
  private static let note = Result {
    try TypedAction("local/note", taking: Note.self, description: "{text}")
  }
  private static let notBefore = Timestamp(microseconds: 1_700_000_100_000_000)

  private struct Note: Codable { var text: String }

  @Test("is the same request as an untyped one, with everything that it can say")
  func requests() throws {
    let note = try Self.note.get()
    let project = ProjectUse(name: "garden", readOnly: true)
    #expect(
      try PlanUse(
        note, arguments: Note(text: "milk"), projects: [project], automation: .review,
        idempotencyKey: "k", labels: ["shop": "baker"], context: ["traceparent": "00"],
        notBefore: Self.notBefore, createdBy: "me")
        == PlanUse(
          action: "local/note", arguments: ["text": "milk"], projects: [project],
          automation: .review, idempotencyKey: "k", labels: ["shop": "baker"],
          context: ["traceparent": "00"], notBefore: Self.notBefore, createdBy: "me"))
    #expect(
      try PlanUse(note, arguments: Note(text: "milk"))
        == PlanUse(action: "local/note", arguments: ["text": "milk"]))
    #expect(
      try ChildSpec(
        note, arguments: Note(text: "milk"), key: "a", dependsOn: ["b"], automation: .manual,
        projects: [project], labels: ["shop": "baker"], context: [:], notBefore: Self.notBefore)
        == ChildSpec(
          key: "a", action: "local/note", arguments: ["text": "milk"], dependsOn: ["b"],
          automation: .manual, projects: [project], labels: ["shop": "baker"], context: [:],
          notBefore: Self.notBefore))
    #expect(
      try ChildSpec(note, arguments: Note(text: "milk"))
        == ChildSpec(action: "local/note", arguments: ["text": "milk"]))
  }

  @Test("can say it in a unit of work and by itself", arguments: TestStore.allCases)
  func everything(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let note = try Self.note.get()
    try await fixture.plans.write { try $0.register(note) }
    let project = ProjectUse(name: "garden", readOnly: true)
    let first = try await fixture.plans.write { transaction in
      try transaction.use(
        note, arguments: Note(text: "milk"), projects: [project], automation: .review,
        idempotencyKey: "k", labels: ["shop": "baker"], context: ["traceparent": "00"],
        notBefore: Self.notBefore, createdBy: "me")
    }
    let second = try await fixture.plans.use(
      note, arguments: Note(text: "milk"), projects: [project], automation: .review,
      idempotencyKey: "l", labels: ["shop": "baker"], context: ["traceparent": "00"],
      notBefore: Self.notBefore, createdBy: "me")
    for (id, key) in [(first.id, "k"), (second.id, "l")] {
      let plan = try fixture.plan(id)
      let definition = plan.definition
      #expect(definition.arguments == ["text": "milk"] && definition.projects == [project])
      #expect(definition.automation == .review && definition.idempotencyKey?.description == key)
      #expect(definition.labels == ["shop": "baker"] && definition.createdBy == "me")
      #expect(definition.context == ["traceparent": "00"])
      #expect(definition.notBefore == Self.notBefore && plan.progress.readyAt == Self.notBefore)
    }
    // A repeated use returns the plan, and refuses other arguments.
    let again = try await fixture.plans.use(
      note, arguments: Note(text: "milk"), idempotencyKey: "l")
    #expect(again.id == second.id)
    #expect(
      await asyncErrorCode {
        try await fixture.plans.use(note, arguments: Note(text: "bread"), idempotencyKey: "l")
      } == "idempotencyConflict")
  }

  @Test("needs no arguments for an action without any")
  func withoutArguments() async throws {
    let fixture = try LifecycleFixture()
    let idle = try TypedAction("local/idle", taking: NoValue.self, description: "Nothing")
    try await fixture.plans.write { try $0.register(idle) }
    let handle = try await fixture.plans.use(idle)
    #expect(try await handle.plan().definition.arguments.isEmpty)
    try await fixture.withWorker([idle]) { _ = try await handle.result() }
    #expect(try await handle.status() == .applyApplied)
  }

  @Test(
    "hands its context to the handlers and to the children that bring none",
    arguments: TestStore.allCases)
  func context(store: TestStore) async throws {
    let fixture = try LifecycleFixture(store.backend)
    let leaf = try TypedAction("local/leaf", taking: NoValue.self, description: "x")
      .apply { run in run.context }
    let root = try TypedAction("local/root", taking: NoValue.self, description: "x")
      .strategize { run in run.context }
      .execute { _ in
        try [nil, ["traceparent": "own"], [:]].map { context in
          try ChildSpec(leaf, arguments: NoValue(), context: context)
        }
      } then: { run in
        [run.previous, run.context] + (try run.results(of: leaf))
      }
    let given = ["traceparent": "00-1", "tenant": "é"]
    try await fixture.withWorker([leaf, root]) {
      let handle = try await fixture.plans.use(root, arguments: NoValue(), context: given)
      #expect(
        try await handle.result() == [given, given, given, ["traceparent": "own"], [:]])
    }
  }
}
