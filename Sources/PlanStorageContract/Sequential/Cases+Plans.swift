import PlanDomain
import PlanStorage

extension Cases {
  static let plans: [CaseDefinition] = [
    CaseDefinition("plan.missing", "Reading a plan that is not stored returns nil") { context in
      let engine = try context.openFresh()
      let stored = try engine.read { try $0.plan(Sample.id(1)) }
      try context.expect(stored, equals: Plan?.none, "reading the plan")
    },
    CaseDefinition(
      "plan.insert.read-back", "Reading a plan returns every field as it was inserted"
    ) { context in
      let (engine, action) = try context.withAction()
      var arbitrary = context.arbitrary()
      for number in 0..<context.effort.scaled(200) as Range<Int> {
        let definition = try arbitrary.definition(
          Sample.id(UInt64(number)), of: action.name, key: nil, position: nil)
        let plan = Plan(definition: definition, progress: try arbitrary.progress())
        try engine.write { try $0.insert(plan) }
        let stored = try engine.read { try $0.plan(plan.id) }
        try context.expect(stored, equals: plan, "reading plan \(number)")
      }
    },
    CaseDefinition(
      "plan.insert.duplicate-id", "Inserting a plan throws `duplicate` when the id is taken"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      let other = try Sample.plan(1, of: action, version: 5)
      try engine.write { try $0.insert(plan) }
      try context.expectError(.duplicate, "inserting the id again") {
        try engine.write { try $0.insert(other) }
      }
      let stored = try engine.read { try $0.plan(plan.id) }
      try context.expect(stored, equals: plan, "reading the first plan")
    },
    CaseDefinition(
      "plan.insert.duplicate-idempotency-key",
      "Inserting a plan throws `duplicate` when the idempotency key is taken for its action"
    ) { context in
      let (engine, action) = try context.withAction()
      let other = try Sample.action("kit/other")
      let plans = try [
        Sample.plan(1, of: action, key: "k"), Sample.plan(2, of: other, key: "k"),
        Sample.plan(3, of: action, key: "K"), Sample.plan(4, of: action, key: "k"),
      ]
      try engine.write { try $0.insert(other) }
      for plan in plans.dropLast() { try engine.write { try $0.insert(plan) } }
      try context.expectError(.duplicate, "inserting the idempotency key again") {
        try engine.write { try $0.insert(plans[3]) }
      }
      for plan in plans.dropLast() {
        let key = try Key(plan.definition.idempotencyKey?.description ?? "")
        let name = plan.definition.action.name
        let found = try engine.read { try $0.plan(of: name, idempotencyKey: key) }
        try context.expect(found, equals: plan, "reading the plan of \(name) with key \(key)")
      }
      let none = try engine.read { try $0.plan(of: other.name, idempotencyKey: Key("none")) }
      try context.expect(none, equals: Plan?.none, "reading a plan with an unused key")
    },
    CaseDefinition(
      "plan.insert.duplicate-sibling",
      "Inserting a child throws `duplicate` when its key or index is taken in the round"
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
        let sibling = try Sample.plan(
          3, of: action, position: Sample.position(below: parent, index: index, key: key))
        try context.expectError(.duplicate, "inserting a child \(key) at index \(index)") {
          try engine.write { try $0.insert(sibling) }
        }
      }
      let next = try Sample.plan(
        4, of: action, position: Sample.position(below: parent, index: 0, key: "a", round: 2))
      try engine.write { try $0.insert(next) }
      let found = try engine.read { try $0.children(of: parent.id, round: 2) }
      try context.expect(found, are: [next], "the same key and index in another round")
    },
    CaseDefinition(
      "plan.insert.missing-reference",
      "Inserting a plan throws `missingReference` when its action, parent or root is not stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let unknownAction = try Sample.action("kit/unknown")
      let (parent, absent) = (
        try Sample.plan(1, of: action, status: .executeWaiting), try Sample.plan(9, of: action)
      )
      try engine.write { try $0.insert(parent) }
      let rootless = ChildPosition(
        parent: parent.id, root: absent.id, depth: 1, round: 1, index: 0, key: Key("a"),
        dependsOn: [])
      let refused = [
        ("an unknown action", try Sample.plan(2, of: unknownAction)),
        (
          "an unknown parent",
          try Sample.plan(
            2, of: action, position: Sample.position(below: absent, index: 0, key: "a"))
        ),
        ("an unknown root", try Sample.plan(2, of: action, position: rootless)),
      ]
      for (reference, plan) in refused {
        try context.expectError(.missingReference, "inserting a plan with \(reference)") {
          try engine.write { try $0.insert(plan) }
        }
        let stored = try engine.read { try $0.plan(plan.id) }
        try context.expect(stored, equals: Plan?.none, "reading the plan with \(reference)")
      }
    },
    CaseDefinition(
      "plan.remove-tree", "Removing a tree removes the root, its descendants and all their events"
    ) { context in
      let (engine, action) = try context.withAction()
      let tree = try context.tree(of: action)
      let other = try Sample.plan(
        50, of: action, key: "kept", projects: ["p"], labels: ["l": "1"])
      try engine.write { work in
        for plan in tree + [other] {
          try work.insert(plan)
          try work.append(Sample.event(plan.id, 1))
        }
      }
      let removed = try engine.write { try $0.removeTree(tree[0].id) }
      try context.expect(removed, is: tree.count, "the number of removed plans")
      try engine.read { session in
        for plan in tree {
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
        let label = Plan.Label("l", "1")
        let labelled = try session.plans(matching: PlanQuery(PlanFilter(label: label))).rows
        try context.expect(labelled, are: [other], "the plans with the label")
        try context.expect(
          try session.readyPlans(for: [action.snapshot.actors.strategy], at: .far, limit: 99),
          are: [other], "ready plans")
        try context.expect(
          try session.children(of: tree[0].id, round: 1).count, is: 0, "the children of the root")
      }
      // The ids, idempotency keys and positions of the tree are available again.
      try engine.write { work in
        for plan in tree { try work.insert(plan) }
      }
    },
    CaseDefinition(
      "plan.remove-tree.not-found",
      "Removing a tree throws `notFound` when no root of this id is stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let tree = try context.tree(of: action)
      try engine.write { work in for plan in tree { try work.insert(plan) } }
      for id in [tree[1].id, Sample.id(99)] {
        try context.expectError(.notFound, "removing \(id)") {
          _ = try engine.write { try $0.removeTree(id) }
        }
      }
      let total = try engine.read { try $0.counts(in: .all).total }
      try context.expect(total, is: tree.count, "the count of all")
    },
  ]

  static let planSaves: [CaseDefinition] = [
    CaseDefinition("plan.save.read-back", "Reading a plan returns every field as it was saved") {
      context in
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
    CaseDefinition(
      "plan.save.changing-part-only", "Saving a plan writes its changing part and nothing else"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      try engine.write { try $0.insert(plan) }
      var arbitrary = context.arbitrary()
      let otherDefinition = try arbitrary.definition(
        plan.id, of: ActionName("kit/none"), key: Key("new"), position: nil)
      let progress = try Sample.progress(.strategizeProcessing, version: 2, epoch: 1)
      let changed = Plan(definition: otherDefinition, progress: progress)
      try engine.write { try $0.save(changed, replacing: plan) }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: plan.with(progress), "after saving another fixed part")
    },
    CaseDefinition(
      "plan.save.stale-version",
      "Saving a plan throws `staleWrite` when the stored version is not that of `before`"
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
    CaseDefinition(
      "plan.save.stale-epoch",
      "Saving a plan throws `staleWrite` when the stored epoch is not that of `before`"
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
    CaseDefinition(
      "plan.save.not-found", "Saving a plan throws `notFound` when the plan is not stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action)
      try context.expectError(.notFound, "saving a plan that is not stored") {
        try engine.write { try $0.save(plan, replacing: plan) }
      }
      let read = try engine.read { try $0.plan(plan.id) }
      try context.expect(read, equals: Plan?.none, "reading the plan")
    },
    CaseDefinition(
      "plan.save.moves-between-lists", "A plan is in exactly the lists of its stored status"
    ) { context in
      let (engine, action) = try context.withAction()
      let plan = try Sample.plan(1, of: action, projects: ["p"], labels: ["l": "1", "m": "2"])
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
  /// A time far in the future.
  static let far = Timestamp(microseconds: 1 << 60)
}

extension CaseContext {
  /// Creates a store with one action.
  func withAction() throws -> (any StorageEngine, Action) {
    let (engine, action) = (try openFresh(), try Sample.action())
    try engine.write { try $0.insert(action) }
    return (engine, action)
  }

  /// A root, two children and a grandchild.
  func tree(of action: Action) throws -> [Plan] {
    let root = try Sample.plan(
      1, of: action, status: .executeWaiting, key: "tree", projects: ["p"], labels: ["l": "1"])
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

  /// Throws a violation unless the only plan of a store is in exactly the lists of its status.
  func expectInEveryList(_ engine: any StorageEngine, _ plan: Plan) throws {
    let step = "lists of a plan that is \(plan.status)"
    try engine.read { session in
      for status in PlanStatus.allCases {
        let filter = PlanFilter(phase: status.phase, state: status.state)
        let rows = try session.plans(matching: PlanQuery(filter)).rows
        try expect(rows, are: status == plan.status ? [plan] : [], "\(step): page of \(status)")
        for (key, value) in plan.definition.labels {
          let label = Plan.Label(key, value)
          let filter = PlanFilter(phase: status.phase, state: status.state, label: label)
          try expect(
            try session.plans(matching: PlanQuery(filter)).rows,
            are: status == plan.status ? [plan] : [], "\(step): page of \(status) and \(label)")
          try expect(
            try session.counts(in: .label(label))[status], is: status == plan.status ? 1 : 0,
            "\(step): count of \(status) and \(label)")
        }
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
