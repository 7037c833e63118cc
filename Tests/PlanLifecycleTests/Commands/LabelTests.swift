import PlanDomain
import PlanLifecycle
import PlanStorage
import TestSupport
import Testing

@Suite("The labels and the context of a plan")
struct LabelTests {
  private func ids(_ label: Plan.Label, in fixture: LifecycleFixture) throws -> [Plan.ID] {
    let query = PlanQuery(PlanFilter(label: label), order: .oldestFirst)
    return try fixture.plans.readBlocking { try $0.plans(matching: query) }.rows.map(\.id)
  }

  @Test("Plans are found and counted by one label, in every status", arguments: TestStore.allCases)
  func found(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let plans = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action())
      return try ["17", "18", "17"].map { customer in
        try transaction.use(
          PlanUse(
            action: "sample", labels: ["customer": try Plan.Label.Value(customer), "kind": "order"])
        ).id
      }
    }
    let label = Plan.Label("customer", "17")
    #expect(try ids(label, in: fixture) == [plans[0], plans[2]])
    #expect(try ids(Plan.Label("kind", "order"), in: fixture) == plans)
    #expect(try ids(Plan.Label("kind", "17"), in: fixture).isEmpty)
    #expect(try fixture.plan(plans[0]).definition.labels == ["customer": "17", "kind": "order"])
    try fixture.plans.writeBlocking { _ = try $0.cancel(plans[0], reason: "no") }
    let counts = try fixture.plans.readBlocking { try $0.counts(in: .label(label)) }
    #expect(counts[.strategizeCancelled] == 1 && counts[.strategizeQueued] == 1)
    #expect(try ids(label, in: fixture) == [plans[0], plans[2]])
    fixture.time.advance(by: .seconds(1))
    let now = fixture.time.now()
    try fixture.plans.writeBlocking { _ = try $0.purge(endedBefore: now, limit: 9) }
    #expect(try ids(label, in: fixture) == [plans[2]])
  }

  @Test(
    "Children carry their own labels, and the context of their parent or their own",
    arguments: TestStore.allCases)
  func children(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let context = ["traceparent": "00-4bf9-01", "tenant": "é"]
    let root = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action(automation: .auto))
      return try transaction.use(
        PlanUse(action: "sample", labels: ["customer": "17"], context: context))
    }
    try fixture.complete(root.id)
    let specs = [
      ChildSpec(action: "local/sample", labels: ["part": "1"]),
      ChildSpec(action: "local/sample", context: ["own": "yes"]),
      ChildSpec(action: "local/sample", context: [:]),
    ]
    for _ in 0..<2 {
      let token = try fixture.claimOne(root.id)
      let children = try fixture.spawn(token, specs).suffix(3).map { try fixture.plan($0) }
      #expect(children.map(\.definition.context) == [context, ["own": "yes"], [:]])
      #expect(children.map(\.definition.labels) == [["part": "1"], [:], [:]])
      for child in children {
        try fixture.plans.writeBlocking { _ = try $0.cancel(child.id, reason: "x") }
      }
    }
    let handed = try fixture.plans.writeBlocking { transaction in
      let claimed = try transaction.claim(root.id, owner: "w", leaseFor: .seconds(9))
      return try transaction.assignment(for: claimed)?.context
    }
    #expect(handed == context)
  }

  @Test(
    "A plan that is found by its key keeps its labels, context and notBefore",
    arguments: TestStore.allCases)
  func foundKeeps(store: TestStore) throws {
    let fixture = try LifecycleFixture(store.backend)
    let time = fixture.time.now().adding(.seconds(60))
    let first = try fixture.plans.writeBlocking { transaction in
      try transaction.createAction(try Fixture.action())
      return try transaction.use(
        PlanUse(
          action: "sample", idempotencyKey: "k", labels: ["l": "1"], context: ["c": "1"],
          notBefore: time))
    }
    let again = try fixture.plans.writeBlocking { transaction in
      try transaction.findOrUse(
        PlanUse(action: "sample", idempotencyKey: "k", labels: ["l": "2"], context: ["c": "2"]))
    }
    #expect(!again.isNew && again.plan == first)
    #expect(try fixture.plan(first.id).definition.labels == ["l": "1"])
    #expect(try fixture.plan(first.id).definition.context == ["c": "1"])
    #expect(try fixture.plan(first.id).definition.notBefore == time)
  }

  @Test("More than sixteen labels, or 4 KiB of context, are refused before anything is written")
  func limits() throws {
    let fixture = try LifecycleFixture()
    try fixture.plans.writeBlocking { _ = try $0.createAction(try Fixture.action(reusable: false)) }
    func labels(_ count: Int) throws -> [Key: Plan.Label.Value] {
      Dictionary(uniqueKeysWithValues: try (0..<count).map { (try Key("k\($0)"), "v") })
    }
    let tooMany = PlanUse(action: "sample", labels: try labels(17))
    let tooLong = PlanUse(
      action: "sample", context: ["é": String(repeating: "x", count: 4_095)])
    for (use, code, field) in [
      (tooMany, "outOfRange", "labels"), (tooLong, "textTooLarge", "context"),
    ] {
      #expect {
        try fixture.plans.writeBlocking { try $0.use(use) }
      } throws: { error in
        let error = error as? PlanError
        return error?.code.rawValue == code && error?.field == field
      }
    }
    #expect(try fixture.plans.readBlocking { try $0.counts(in: .all) }.total == 0)
    for text in ["", String(repeating: "x", count: 129), "line\n"] {
      #expect(errorCode { try Plan.Label.Value(text) } == "invalidText")
    }
    let most = PlanUse(
      action: "sample", labels: try labels(16),
      context: ["é": String(repeating: "x", count: 4_094)])
    #expect(try fixture.plans.writeBlocking { try $0.use(most) }.definition.labels.count == 16)
  }
}
