import PlanDomain
import PlanStorage

extension Cases {
  static let lifetime: [CaseDefinition] = [
    CaseDefinition("store.traits", "The traits of an open store are those of its harness") {
      context in
      let engine = try context.openFresh()
      try context.expect(engine.traits, is: context.harness.traits, "the traits of an open store")
    },
    CaseDefinition("store.empty", "A new store is empty") { context in
      let engine = try context.openFresh()
      let total = try engine.read { session in
        let counts = try session.counts(in: .all).total
        let actions = try session.actions(matching: ActionQuery()).rows.count
        return try counts + actions + session.events(after: .start, limit: 9).count
      }
      try context.expect(total, is: 0, "plans, actions and events")
    },
    CaseDefinition("store.close.again", "Closing a store is idempotent") { context in
      let engine = try context.openFresh()
      for _ in 0..<3 { try engine.close() }
    },
    CaseDefinition("store.closed", "`read` and `write` throw `closed` after the store is closed") {
      context in
      let engine = try context.openFresh()
      try engine.close()
      try context.expectError(.closed, "reading") { try engine.read { _ in } }
      try context.expectError(.closed, "writing") { try engine.write { _ in } }
    },
    CaseDefinition(
      "store.shared", "Engines of the same store share its contents and its notifier"
    ) { context in
      let store = try context.fresh()
      let (a, b) = (try context.open(store), try context.open(store))
      let action = try Sample.action()
      try a.write { try $0.insert(action) }
      let read = try b.read { try $0.action(action.name) }
      try context.expect(read, equals: action, "the action that the other engine wrote")
      try context.expect(
        a.notifier === b.notifier, "their notifiers", expected: "the same object")
      try a.close()
      let next = try Sample.action("kit/next")
      try b.write { try $0.insert(next) }
      let still = try b.read { try $0.action(next.name) }
      try context.expect(still, equals: next, "after the other engine was closed")
    },
    CaseDefinition("store.separate", "Different stores share neither contents nor a notifier") {
      context in
      let (a, b) = (try context.openFresh(), try context.openFresh())
      let action = try Sample.action()
      try a.write { try $0.insert(action) }
      let read = try b.read { try $0.action(action.name) }
      try context.expect(read, equals: Action?.none, "the action that another store contains")
      try context.expect(
        a.notifier !== b.notifier, "their notifiers", expected: "different objects")
    },
    CaseDefinition(
      "store.reopen", "A durable store contains all acknowledged units of work when opened again",
      need: .durability
    ) { context in
      let store = try context.fresh()
      var arbitrary = context.arbitrary()
      let mixture = try context.mixture(&arbitrary)
      let engine = try context.open(store)
      try engine.write { work in for action in mixture.actions { try work.insert(action) } }
      for plan in mixture.plans {
        try engine.write { work in
          try work.insert(plan)
          try work.append(Sample.event(plan.id, 1))
        }
      }
      try? engine.write { work in
        _ = try work.removeTree(mixture.plans[0].id)
        try work.append(Sample.event(mixture.plans[5].id, 2))
        try work.insert(Sample.action("kit/rolled-back"))
        throw RolledBack(number: 0)
      }
      // Cursors of rolled-back rows may be unused, but must not denote other rows later.
      let last = try Sample.action("kit/last")
      try engine.write { work in
        try work.insert(last)
        try work.append(Sample.event(mixture.plans[5].id, 2))
      }
      let before = try engine.contentsDescription()
      let feed = try context.feed(engine, after: .start, limit: 1_000).map(\.cursor)
      let actions = try engine.read { try $0.firstCursor() }
      for round in 0..<3 {
        if round == 0 { try engine.close() }
        let again = try context.open(store)
        try context.expect(
          try again.contentsDescription(), is: before, "opened again, round \(round)")
        let cursors = try context.feed(again, after: .start, limit: 1_000).map(\.cursor)
        try context.expect(cursors, is: feed, "the cursors of the events")
        let cursor = try again.read { try $0.firstCursor() }
        try context.expect(cursor, is: actions, "the cursor after the newest action")
        try again.close()
      }
    },
  ]

  static let values: [CaseDefinition] = [
    CaseDefinition("value.large", "Reading a plan returns documents of megabytes unchanged") {
      context in
      let (engine, action) = try context.withAction()
      let text = String(repeating: "0123456789abcdef\u{0}é👩‍👩‍👧‍👦", count: 60_000)
      let documents = PlanDocuments(
        strategize: .string(text), execute: .array(Array(repeating: .null, count: 50_000)),
        apply: nil, checkpoint: try Plan.Checkpoint(step: Key("s"), data: .string(text)),
        failure: nil)
      let plan = try Sample.plan(1, of: action)
      let changed = plan.with(
        try Sample.progress(.strategizeProcessing, version: 2, epoch: 1, documents: documents))
      try engine.write { try $0.insert(plan) }
      try engine.write { try $0.save(changed, replacing: plan) }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(
        read == changed, "reading a plan of megabytes", expected: "the plan that was saved",
        got: "a different plan")
    },
    CaseDefinition(
      "value.deep", "Reading a plan returns documents of the greatest allowed depth unchanged"
    ) { context in
      let (engine, action) = try context.withAction()
      var value = JSONValue.integer(1)
      for level in 0..<(PlanLimits.documentDepth - 1) {
        value = level % 2 == 0 ? .array([value]) : ["k": value]
      }
      let plan = try Sample.plan(1, of: action).with(
        Sample.progress(
          .applyApplied,
          documents: PlanDocuments(
            strategize: value, execute: nil, apply: nil,
            checkpoint: Plan.Checkpoint(step: Key("s"), data: value),
            failure: Plan.Failure(code: Key("f"), message: "", detail: value, isRetryable: true))))
      try engine.write { try $0.insert(plan) }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan, "documents of the greatest allowed depth")
    },
  ]
}

extension ReadSession {
  /// The cursor after the newest action; nil when there is only one.
  fileprivate func firstCursor() throws -> ActionCursor? {
    try actions(matching: ActionQuery(limit: PageLimit(1))).next
  }
}
