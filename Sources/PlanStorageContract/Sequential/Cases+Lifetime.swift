import PlanDomain
import PlanStorage

extension Cases {
  static let lifetime: [ContractPromise] = [
    ContractPromise("store.traits", "What can be relied on") { context in
      let engine = try context.openFresh()
      try context.expect(engine.traits, is: context.harness.traits, "the traits of an open store")
    },
    ContractPromise("store.empty", "A new store is empty") { context in
      let engine = try context.openFresh()
      let total = try engine.read { session in
        let counts = try session.counts(in: .all).total
        let actions = try session.actions(matching: ActionQuery()).rows.count
        return try counts + actions + session.events(after: .start, limit: 9).count
      }
      try context.expect(total, is: 0, "plans, actions and events")
    },
    ContractPromise("store.close.again", "Lets go of the store; again changes nothing") { context in
      let engine = try context.openFresh()
      for _ in 0..<3 { try engine.close() }
    },
    ContractPromise("store.closed", "Throws `closed` after it was closed") { context in
      let engine = try context.openFresh()
      try engine.close()
      try context.expectError(.closed, "reading") { try engine.read { _ in } }
      try context.expectError(.closed, "writing") { try engine.write { _ in } }
    },
    ContractPromise("store.shared", "One for all who share the store") { context in
      let store = try context.fresh()
      let (a, b) = (try context.open(store), try context.open(store))
      let action = try Sample.action()
      try a.write { try $0.insert(action) }
      let read = try b.read { try $0.action(action.name) }
      try context.expect(read, equals: action, "what the other one wrote")
      try context.expect(
        a.notifier === b.notifier, "their announcers", expected: "one for both")
      try a.close()
      let next = try Sample.action("kit/next")
      try b.write { try $0.insert(next) }
      let still = try b.read { try $0.action(next.name) }
      try context.expect(still, equals: next, "after the other one was closed")
    },
    ContractPromise("store.separate", "Every store is one of its own") { context in
      let (a, b) = (try context.openFresh(), try context.openFresh())
      let action = try Sample.action()
      try a.write { try $0.insert(action) }
      let read = try b.read { try $0.action(action.name) }
      try context.expect(read, equals: Action?.none, "what was written to another store")
      try context.expect(
        a.notifier !== b.notifier, "their announcers", expected: "one for each")
    },
    ContractPromise(
      "store.reopen", "What was acknowledged is there after the process ends", need: .durability
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
        try work.insert(Sample.action("kit/taken-back"))
        throw RolledBack(number: 0)
      }
      // Numbers that were taken back may be missing, but not come to mean something else.
      let last = try Sample.action("kit/last")
      try engine.write { work in
        try work.insert(last)
        try work.append(Sample.event(mixture.plans[5].id, 2))
      }
      let before = try engine.everything()
      let feed = try context.feed(engine, after: .start, limit: 1_000).map(\.cursor)
      let actions = try engine.read { try $0.firstCursor() }
      for round in 0..<3 {
        if round == 0 { try engine.close() }
        let again = try context.open(store)
        try context.expect(try again.everything(), is: before, "opened anew, \(round)")
        let positions = try context.feed(again, after: .start, limit: 1_000).map(\.cursor)
        try context.expect(positions, is: feed, "the places of the events")
        let cursor = try again.read { try $0.firstCursor() }
        try context.expect(cursor, is: actions, "where a page of actions ends")
        try again.close()
      }
    },
  ]

  static let values: [ContractPromise] = [
    ContractPromise("value.large", "What is read is what was written, in every field") { context in
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
      try context.expect(read == changed, "a plan of megabytes", expected: "the same")
    },
    ContractPromise("value.deep", "What is read is what was written, in every field") { context in
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
      try context.expect(read, equals: plan, "documents as deep as they may be")
    },
  ]
}

extension ReadSession {
  /// Where a page of the newest action ends.
  fileprivate func firstCursor() throws -> ActionCursor? {
    try actions(matching: ActionQuery(limit: PageLimit(1))).next
  }
}
