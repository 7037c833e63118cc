import PlanDomain
import PlanStorage

extension Cases {
  static let plans: [ContractPromise] = [
    ContractPromise("plan.missing", "The plan of this id, or nil") { context in
      let engine = try context.openFresh()
      let stored = try engine.read { try $0.plan(Sample.id(1)) }
      try context.expect(stored, equals: Plan?.none, "reading none")
    },
    ContractPromise("plan.insert.read-back", "What is read is what was written, in every field") {
      context in
      let (engine, action) = try context.withAction()
      var arbitrary = context.arbitrary()
      for number in 0..<context.effort.scaled(200) as Range<Int> {
        let definition = try arbitrary.definition(
          Sample.id(UInt64(number)), of: action.name, key: nil, position: nil)
        let plan = Plan(definition: definition, progress: try arbitrary.progress())
        try engine.write { try $0.insert(plan) }
        let stored = try engine.read { try $0.plan(plan.id) }
        try context.expect(stored, equals: plan, "reading plan \(number) back")
      }
    },
    ContractPromise("plan.insert.duplicate-id", "Throws `duplicate` when the id is taken") {
      context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      let other = try Sample.plan(1, of: action, version: 5)
      try engine.write { try $0.insert(plan) }
      try context.expectError(.duplicate, "inserting the id again") {
        try engine.write { try $0.insert(other) }
      }
      let stored = try engine.read { try $0.plan(plan.id) }
      try context.expect(stored, equals: plan, "reading the first one")
    },
    ContractPromise(
      "plan.insert.duplicate-idempotency-key",
      "Throws `duplicate` when the idempotency key of the action is taken"
    ) { context in
      let (engine, action) = try context.withAction()
      let other = try Sample.action("kit/other")
      let plans = try [
        Sample.plan(1, of: action, key: "k"), Sample.plan(2, of: other, key: "k"),
        Sample.plan(3, of: action, key: "K"), Sample.plan(4, of: action, key: "k"),
      ]
      try engine.write { try $0.insert(other) }
      for plan in plans.dropLast() { try engine.write { try $0.insert(plan) } }
      try context.expectError(.duplicate, "inserting the key again") {
        try engine.write { try $0.insert(plans[3]) }
      }
      for plan in plans.dropLast() {
        let key = try Key(plan.definition.idempotencyKey?.description ?? "")
        let name = plan.definition.action.name
        let found = try engine.read { try $0.plan(of: name, idempotencyKey: key) }
        try context.expect(found, equals: plan, "finding key \(key) of \(name)")
      }
      let none = try engine.read { try $0.plan(of: other.name, idempotencyKey: Key("none")) }
      try context.expect(none, equals: Plan?.none, "finding a key that nobody used")
    },
    ContractPromise(
      "plan.insert.duplicate-sibling",
      "Throws `duplicate` when the key or index in the parent's round is taken"
    ) { context in
      let (engine, action) = try context.withAction()
      let parent = try Sample.plan(1, of: action, status: .executeWaiting)
      let child = try Sample.plan(
        2, of: action, position: Sample.position(below: parent, index: 0, key: "a"))
      try engine.write { work in
        try work.insert(parent)
        try work.insert(child)
      }
      for (index, key) in [(0, "b"), (1, "a")] {
        let twin = try Sample.plan(
          3, of: action, position: Sample.position(below: parent, index: index, key: key))
        try context.expectError(.duplicate, "a second child \(key) at \(index)") {
          try engine.write { try $0.insert(twin) }
        }
      }
      let next = try Sample.plan(
        4, of: action, position: Sample.position(below: parent, index: 0, key: "a", round: 2))
      try engine.write { try $0.insert(next) }
      let found = try engine.read { try $0.children(of: parent.id, round: 2) }
      try context.expect(found, are: [next], "the same key and index in another round")
    },
    ContractPromise(
      "plan.insert.missing-reference",
      "Throws `missingReference` when the action, the parent or the root is not stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let stranger = try Sample.action("kit/stranger")
      let (parent, absent) = (
        try Sample.plan(1, of: action, status: .executeWaiting), try Sample.plan(9, of: action)
      )
      try engine.write { try $0.insert(parent) }
      let rootless = ChildPosition(
        parent: parent.id, root: absent.id, depth: 1, round: 1, index: 0, key: Key("a"),
        dependsOn: [])
      let refused = [
        ("no action", try Sample.plan(2, of: stranger)),
        (
          "no parent",
          try Sample.plan(
            2, of: action, position: Sample.position(below: absent, index: 0, key: "a"))
        ),
        ("no root", try Sample.plan(2, of: action, position: rootless)),
      ]
      for (what, plan) in refused {
        try context.expectError(.missingReference, what) {
          try engine.write { try $0.insert(plan) }
        }
        let stored = try engine.read { try $0.plan(plan.id) }
        try context.expect(stored, equals: Plan?.none, "reading it, \(what)")
      }
    },
    ContractPromise(
      "plan.remove-tree", "Removes a root, its descendants, and all their events"
    ) { context in
      let (engine, action) = try context.withAction()
      let family = try context.family(of: action)
      let other = try Sample.plan(50, of: action, key: "kept", projects: ["p"])
      try engine.write { work in
        for plan in family + [other] {
          try work.insert(plan)
          try work.append(Sample.event(plan.id, 1))
        }
      }
      let removed = try engine.write { try $0.removeTree(family[0].id) }
      try context.expect(removed, is: family.count, "how many were removed")
      try engine.read { session in
        for plan in family {
          try context.expect(try session.plan(plan.id), equals: Plan?.none, "reading \(plan.id)")
          try context.expect(
            try session.events(of: plan.id, after: 0, limit: 9).count, is: 0, "its events")
        }
        try context.expect(try session.plan(other.id), equals: other, "reading another tree")
        let feed = try session.events(after: .start, limit: 99).map(\.event.plan)
        try context.expect(feed, is: [other.id], "the events of all plans")
        let rows = try session.plans(matching: PlanQuery()).rows
        try context.expect(rows, are: [other], "all plans")
        try context.expect(try session.counts(in: .all).total, is: 1, "the count of all")
        try context.expect(
          try session.readyPlans(for: [action.snapshot.actors.strategy], at: .far, limit: 99),
          are: [other], "what is ready")
        try context.expect(
          try session.children(of: family[0].id, round: 1).count, is: 0, "the children of the root")
      }
      // What the tree took up is free again: ids, keys and places.
      try engine.write { work in
        for plan in family { try work.insert(plan) }
      }
    },
    ContractPromise(
      "plan.remove-tree.not-found", "Throws `notFound` when no root of this id is stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let family = try context.family(of: action)
      try engine.write { work in for plan in family { try work.insert(plan) } }
      for id in [family[1].id, Sample.id(99)] {
        try context.expectError(.notFound, "removing \(id)") {
          _ = try engine.write { try $0.removeTree(id) }
        }
      }
      let total = try engine.read { try $0.counts(in: .all).total }
      try context.expect(total, is: family.count, "the count of all")
    },
  ]

  static let planSaves: [ContractPromise] = [
    ContractPromise("plan.save.read-back", "Writes the changing part of a stored plan") { context in
      let (engine, action) = try context.withAction()
      var arbitrary = context.arbitrary()
      let plan = try Sample.plan(1, of: action)
      try engine.write { try $0.insert(plan) }
      var stored = plan
      for round in 0..<context.effort.scaled(200) as Range<Int> {
        let (before, after) = (stored, plan.with(try arbitrary.progress()))
        try engine.write { try $0.save(after, replacing: before) }
        stored = after
        let read = try engine.read { try $0.plan(plan.id) }
        try context.expect(read, equals: after, "reading change \(round)")
      }
    },
    ContractPromise("plan.save.changing-part-only", "And nothing else") { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      try engine.write { try $0.insert(plan) }
      var arbitrary = context.arbitrary()
      let foreign = try arbitrary.definition(
        plan.id, of: ActionName("kit/none"), key: Key("new"), position: nil)
      let progress = try Sample.progress(.strategizeProcessing, version: 2, epoch: 1)
      let changed = Plan(definition: foreign, progress: progress)
      try engine.write { try $0.save(changed, replacing: plan) }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan.with(progress), "after saving another fixed part")
    },
    ContractPromise(
      "plan.save.stale-version", "Throws `staleWrite` when the stored version is not `before`'s"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, version: 3)
      try engine.write { try $0.insert(plan) }
      for version in [2, 4] {
        let before = plan.with(try Sample.progress(.strategizeQueued, version: version))
        let after = plan.with(try Sample.progress(.strategizeComplete, version: 5))
        try context.expectError(.staleWrite, "replacing version \(version) of 3") {
          try engine.write { try $0.save(after, replacing: before) }
        }
      }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan, "reading the one that stayed")
    },
    ContractPromise(
      "plan.save.stale-epoch", "Throws `staleWrite` when the stored epoch is not that of `before`"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, status: .strategizeProcessing, epoch: 7)
      try engine.write { try $0.insert(plan) }
      for epoch in [6, 8] {
        let before = plan.with(try Sample.progress(.strategizeProcessing, epoch: epoch))
        let after = plan.with(try Sample.progress(.strategizeComplete, version: 2, epoch: 7))
        try context.expectError(.staleWrite, "replacing epoch \(epoch) of 7") {
          try engine.write { try $0.save(after, replacing: before) }
        }
      }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan, "reading the one that stayed")
    },
    ContractPromise("plan.save.not-found", "Throws `notFound` when the plan is not stored") {
      context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      try context.expectError(.notFound, "saving what is not there") {
        try engine.write { try $0.save(plan, replacing: plan) }
      }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: Plan?.none, "reading it")
    },
    ContractPromise("plan.save.moves-between-lists", "Every list shows what is stored") { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, projects: ["p"])
      try engine.write { try $0.insert(plan) }
      var before = plan
      for (number, status) in (PlanStatus.allCases + PlanStatus.allCases.reversed()).enumerated() {
        let after = plan.with(try Sample.progress(status, version: number + 2, epoch: number))
        let old = before
        try engine.write { try $0.save(after, replacing: old) }
        before = after
        try context.expectInEveryList(engine, after)
      }
    },
  ]
}

extension Timestamp {
  /// A moment after all that cases use.
  static let far = Timestamp(microseconds: 1 << 60)
}

extension CaseContext {
  /// A fresh store with an action in it.
  func withAction() throws -> (any StorageEngine, Action) {
    let (engine, action) = (try openFresh(), try Sample.action())
    try engine.write { try $0.insert(action) }
    return (engine, action)
  }

  /// A root, two children and a grandchild.
  func family(of action: Action) throws -> [Plan] {
    let root = try Sample.plan(
      1, of: action, status: .executeWaiting, key: "family", projects: ["p"])
    let (first, second) = (
      try Sample.plan(
        2, of: action, status: .executeWaiting,
        position: Sample.position(below: root, index: 0, key: "a")
      ),
      try Sample.plan(3, of: action, position: Sample.position(below: root, index: 1, key: "b"))
    )
    let grandchild = try Sample.plan(
      4, of: action, readyAt: nil, position: Sample.position(below: first, index: 0, key: "a"))
    return [root, first, second, grandchild]
  }

  /// Makes sure that the only plan of a store stands in the lists of its status, and in no others.
  func expectInEveryList(_ engine: any StorageEngine, _ plan: Plan) throws {
    let step = "lists of a plan that is \(plan.status)"
    try engine.read { session in
      for status in PlanStatus.allCases {
        let filter = PlanFilter(phase: status.phase, state: status.state)
        let rows = try session.plans(matching: PlanQuery(filter)).rows
        try expect(rows, are: status == plan.status ? [plan] : [], "\(step): page of \(status)")
        let counts = try session.counts(in: .all)
        try expect(counts[status], is: status == plan.status ? 1 : 0, "\(step): count of \(status)")
      }
      let isQueued = plan.status.state == .queued
      try expect(
        try session.readyPlans(for: [plan.actor], at: .far, limit: 9), are: isQueued ? [plan] : [],
        "\(step): ready")
      try expect(
        try session.nextReadyAt(for: [plan.actor]), is: plan.progress.readyAt, "\(step): next ready"
      )
      try expect(
        try session.expiredLeases(at: .far, limit: 9),
        are: plan.progress.lease == nil ? [] : [plan],
        "\(step): leases")
      try expect(
        try session.nextLeaseExpiry(), is: plan.progress.lease?.expiresAt, "\(step): next expiry")
      try expect(
        try session.finalRoots(endedBefore: .far, limit: 9), are: plan.isFinal ? [plan] : [],
        "\(step): final roots")
    }
  }
}
