import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("A typed action", .timeLimit(.minutes(30)))
struct TypedActionTests {
  let fixture: LifecycleFixture
  init() throws { fixture = try LifecycleFixture() }

  private func release() throws -> TypedAction<Release, NoValue> {
    try TypedAction(
      "local/release", taking: Release.self, description: "Release {version}: {notes}")
  }

  @Test("hands each closure the arguments and the result before it, and returns the last result")
  func phases() async throws {
    let fixture = fixture
    let seen = Locked([String]())
    let action = try release().strategize { run in
      seen.withLock { $0.append("strategize \(run.arguments.version) \(run.previous)") }
      return ["compile", "pack"]
    }.execute { run in
      seen.withLock { $0.append("execute \(run.previous)") }
      return Build(archive: "\(run.arguments.version).zip", size: run.previous.count)
    }.apply { run in
      let steps = try run.result(of: .strategize, as: [String].self)
      seen.withLock { $0.append("apply \(run.previous.archive) \(steps ?? [])") }
      return run.previous.size * 10
    }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, Release(version: "1.2"))
      let result: Int = try action.result(of: plan)
      #expect(result == 20)
      #expect(plan.definition.description == "Release 1.2: ")
      #expect(plan.definition.arguments == ["version": "1.2"])
      #expect(plan.progress.result(of: .execute) == ["archive": "1.2.zip", "size": 2])
    }
    #expect(
      seen.withLock { $0 } == [
        "strategize 1.2 NoValue()", #"execute ["compile", "pack"]"#,
        #"apply 1.2.zip ["compile", "pack"]"#,
      ])
  }

  @Test("completes phases without a closure with null, and takes the result of the last with one")
  func missingPhases() async throws {
    let fixture = fixture
    let action = try release().strategize { run in run.arguments.notes ?? "none" }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, Release(version: "1", notes: "first"))
      #expect(plan.status == .applyApplied)
      #expect(try action.result(of: plan) == "first")
      #expect(plan.progress.result(of: .execute) == .null)
      #expect(plan.progress.result(of: .apply) == .null)
    }
  }

  @Test("may have closures that return nothing, no arguments and no closures at all")
  func nothing() async throws {
    let fixture = fixture
    let calls = Locked([String]())
    let silent = try TypedAction("local/silent", taking: NoValue.self, description: "Tidy up")
      .strategize { _ in calls.withLock { $0.append("strategize") } }
      .execute { _ in calls.withLock { $0.append("execute") } }
      .apply { run in
        #expect(run.previous == NoValue())
        calls.withLock { $0.append("apply") }
      }
    let idle = try TypedAction("local/idle", taking: NoValue.self, description: "Nothing")
    try await fixture.withWorker([silent, idle]) {
      for action in [silent, idle] {
        let plan = try await fixture.plans.write { try $0.use(action) }
        let done = try await fixture.reached(plan.id) { $0.hasEnded }
        #expect(try action.result(of: done) == NoValue())
        #expect(done.progress.result(of: .apply) == .null && done.definition.arguments.isEmpty)
      }
    }
    #expect(calls.withLock { $0 } == ["strategize", "execute", "apply"])
  }

  @Test("is used with Swift values, which are checked and named by their path when refused")
  func arguments() throws {
    struct Order: Codable {
      var items: [Double]
      var note: String?
      var count: UInt8
    }
    let action = try TypedAction("local/order", taking: Order.self, description: "{note}")
    try fixture.plans.writeBlocking { try $0.createAction(action.definition) }
    let order = Order(items: [1, 2], note: nil, count: 3)
    let plan = try fixture.plans.writeBlocking { try $0.use(action, arguments: order) }
    #expect(plan.definition.arguments == ["items": [1.0, 2.0], "count": 3])
    #expect(
      throws: PlanError.notEncodable(
        "arguments.items[1]", reason: "it is infinite or NaN, which JSON cannot express")
    ) {
      try fixture.plans.writeBlocking {
        try $0.use(action, arguments: Order(items: [0, .infinity], note: nil, count: 1))
      }
    }
    // A repeated use finds the plan, as in the untyped layer.
    let use = try PlanUse(action, arguments: order, idempotencyKey: "k", createdBy: "me")
    let (first, second) = try fixture.plans.writeBlocking {
      (try $0.findOrUse(use), try $0.findOrUse(use))
    }
    #expect(first.isNew && !second.isNew && first.plan.id == second.plan.id)
    #expect(first.plan.definition.createdBy == "me")
    // Untyped uses are checked by the same list.
    #expect(
      throws: PlanError.invalidArgument(name: "count", reason: "has a value above 255")
    ) {
      try fixture.plans.writeBlocking {
        try $0.use("local/order", arguments: ["items": [], "count": 256])
      }
    }
  }

  @Test("takes null for an optional argument without a value")
  func nullArguments() throws {
    struct Explicit: Codable {
      var note: String?
      enum Keys: CodingKey { case note }
      init() {}
      init(from decoder: any Decoder) throws {
        note = try decoder.container(keyedBy: Keys.self).decode(String?.self, forKey: .note)
      }
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(note, forKey: .note)
      }
    }
    let action = try TypedAction("local/explicit", taking: Explicit.self, description: "x")
    try fixture.plans.writeBlocking { try $0.createAction(action.definition) }
    let plan = try fixture.plans.writeBlocking { try $0.use(action, arguments: Explicit()) }
    #expect(plan.definition.arguments.isEmpty)
  }

  @Test("takes a list of arguments that is given, and a whole definition")
  func givenDefinitions() throws {
    let version = try ArgumentDefinition(name: "version", type: .string, pattern: #"\d+"#)
    let listed = try TypedAction(
      "local/listed", taking: [String: String].self, description: "x",
      arguments: ArgumentList([version]), automation: .review, retry: .never)
    #expect(listed.definition.arguments.definitions == [version])
    #expect(listed.definition.automation == .review && listed.definition.retry == .never)
    #expect(listed.definition.actors[.apply] == "local/listed")
    try fixture.plans.writeBlocking { try $0.createAction(listed.definition) }
    #expect(
      errorCode {
        try fixture.plans.writeBlocking { try $0.use(listed, arguments: ["version": "x"]) }
      } == "invalidArgument")
    #expect(
      errorCode {
        try TypedAction("local/x", taking: [String: String].self, description: "x")
      } == "argumentsNotDerivable")
    #expect(
      errorCode { try TypedAction("local/x", taking: Release.self, description: "{none}") }
        == "invalidTemplate")
    let list = try TypedAction(
      "local/list", taking: [Int].self, description: "x", arguments: ArgumentList.none)
    #expect(
      errorCode { try fixture.plans.writeBlocking { try $0.use(list, arguments: [1]) } }
        == "notEncodable")
  }

  @Test("takes each phase once, in the order of execution, and no apply when it is read-only")
  func order() throws {
    func code<A, R>(_ body: () throws -> TypedAction<A, R>) -> String? { errorCode(body) }
    #expect(code { try release().execute { _ in 1 }.execute { _ in 1 } } == "invalidPhase")
    #expect(code { try release().execute { _ in 1 }.strategize { _ in 1 } } == "invalidPhase")
    #expect(code { try release().apply { _ in 1 }.execute { _ in } } == "invalidPhase")
    #expect(code { try release().strategize { _ in }.apply { _ in 1 } } == nil)
    let definition = try Fixture.action(readOnly: true)
    let readOnly = TypedAction(definition, taking: NoValue.self)
    #expect(code { try readOnly.apply { _ in 1 } } == "invalidPhase")
    #expect(code { try readOnly.execute { _ in 1 } } == nil)
  }

  @Test("ends a read-only plan with the result of execute")
  func readOnly() async throws {
    let fixture = fixture
    let definition = try Fixture.action(readOnly: true, automation: .auto)
    let action = try TypedAction(definition, taking: NoValue.self).execute { _ in "looked" }
    try await fixture.withWorker([action]) {
      let plan = try await fixture.ended(action, NoValue())
      #expect(plan.status == .executeComplete)
      #expect(try action.result(of: plan) == "looked")
    }
  }

  @Test("shares an actor with other actions when their definitions say so")
  func sharedActor() async throws {
    let fixture = fixture
    func action(_ name: String) throws -> TypedAction<NoValue, String> {
      try TypedAction(Fixture.action(name, automation: .auto), taking: NoValue.self)
        .execute { _ in name }
    }
    let (first, second) = (try action("local/first"), try action("local/second"))
    #expect(
      throws: PlanError.actionGivenTwice("local/first")
    ) { try PlanWorker(store: fixture.plans, name: "w", actions: [first, second, first]) }
    try await fixture.withWorker([first, second]) {
      for action in [second, first] {
        let plan = try await fixture.ended(action, NoValue())
        #expect(try action.result(of: plan) == action.definition.name.description)
      }
    }
  }
}
