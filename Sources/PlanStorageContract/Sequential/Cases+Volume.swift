import PlanDomain
import PlanStorage

/// Cases with more rows than a buffer, a page or a batch usually holds, to find lists that are cut.
extension Cases {
  static let volume: [CaseDefinition] = [
    CaseDefinition("children.many", "Reads of children return all of them, without a limit") {
      context in
      let (engine, tree) = try context.largeTree()
      let (root, children) = (tree[0], Array(tree[1...]))
      let (all, startable, dependents) = try engine.read { session in
        (
          try session.children(of: root.id, round: 1),
          try session.startableChildren(of: root.id, round: 1, limit: .max),
          try session.dependents(on: Key("c0"), parent: root.id, round: 1)
        )
      }
      try context.expect(all, areAll: children, "the children")
      try context.expect(startable, areAll: children, "the startable children")
      try context.expect(dependents, areAll: Array(children[1...]), "the dependents on the first")
    },
    CaseDefinition("page.tree.many", "Pages of a tree and of children contain all plans") {
      context in
      let (engine, tree) = try context.largeTree()
      let root = tree[0].id
      for (filter, expected) in [
        (PlanFilter(root: root), tree), (PlanFilter(parent: root), Array(tree[1...])),
      ] {
        let scope = QueryRules.scope(for: filter)
        let counted = try engine.read { try $0.counts(in: scope).total }
        try context.expect(counted, is: expected.count, "the count in \(scope)")
        for order in PageOrder.allCases {
          let sorted = order == .oldestFirst ? expected : expected.reversed()
          let found = try context.scan(engine, filter, order, 1_000)
          try context.expect(found, areAll: sorted, "the pages of \(scope), \(order)")
        }
      }
      let removed = try engine.write { try $0.removeTree(root) }
      try context.expect(removed, is: tree.count, "how many plans were removed")
    },
    CaseDefinition("queue.many", "Due lists contain all plans up to `limit`") { context in
      let (engine, action) = try context.withAction()
      let statuses: [PlanStatus] = [.strategizeQueued, .strategizeProcessing, .applyApplied]
      let plans = try statuses.enumerated().map { kind, status in
        try (0..<CaseContext.many).map {
          try Sample.plan(UInt64(kind * CaseContext.many + $0), of: action, status: status)
        }
      }
      try engine.write { work in for plan in plans.joined() { try work.insert(plan) } }
      let actor = plans[0][0].actor
      let (ready, leases, roots) = try engine.read { session in
        (
          try session.readyPlans(for: [actor], at: .far, limit: .max),
          try session.expiredLeases(at: .far, limit: .max),
          try session.finalRoots(endedBefore: .far, limit: .max)
        )
      }
      try context.expect(ready, areAll: plans[0], "ready plans")
      try context.expect(leases, areAll: plans[1], "expired leases")
      try context.expect(roots, areAll: plans[2], "final roots")
    },
    CaseDefinition(
      "event.feed.large-units",
      "The feed contains all events of a unit of work, in the order in which they were appended"
    ) { context in
      let (engine, action) = try context.withAction()
      let plans = try (0..<3 as Range<UInt64>).map { try Sample.plan($0, of: action) }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      var expected: [PlanEvent] = []
      for size in [1, 2, 5, 13, 64, 257, CaseContext.many] {
        let unit = try (expected.count..<expected.count + size).map {
          try Sample.event(plans[$0 % 3].id, 1 + $0 / 3)
        }
        expected += unit
        try engine.write { work in for event in unit { try work.append(event) } }
        let feed = try context.feed(engine, after: .start, limit: 100).map(\.event)
        try context.expect(feed, areAll: expected, "the feed after a unit of \(size) events")
      }
      let whole = try engine.read { try $0.events(after: .start, limit: .max) }.map(\.event)
      try context.expect(whole, areAll: expected, "the whole feed in one read")
      for plan in plans {
        let own = try engine.read { try $0.events(of: plan.id, after: 0, limit: .max) }
        try context.expect(
          own, areAll: expected.filter { $0.plan == plan.id }, "the events of one plan")
      }
    },
  ]
}

extension CaseContext {
  /// A number of plans above the largest page limit.
  fileprivate static let many = 1_100

  /// A root, and more children of one round than a page can hold.
  ///
  /// All children wait for a slot; all except the first depend on the first.
  fileprivate func largeTree() throws -> (any StorageEngine, [Plan]) {
    let (engine, action) = try withAction()
    let root = try Sample.plan(1, of: action, status: .executeWaiting)
    let children = try (0..<Self.many).map { index in
      try Sample.plan(
        UInt64(index + 2), of: action, readyAt: nil,
        position: Sample.position(
          below: root, index: index, key: "c\(index)", dependsOn: index == 0 ? [] : ["c0"]))
    }
    try engine.write { work in for plan in [root] + children { try work.insert(plan) } }
    return (engine, [root] + children)
  }

  /// Throws a violation unless the plans are equal and in the same order.
  ///
  /// Faster than comparing portable forms, which other cases do.
  fileprivate func expect(_ got: [Plan], areAll expected: [Plan], _ step: String) throws {
    if got == expected { return }
    try expect(got.map(\.id), is: expected.map(\.id), step)
    for (got, expected) in zip(got, expected) { try expect(got, is: expected, step) }
  }

  /// Throws a violation unless the events are equal and in the same order.
  fileprivate func expect(_ got: [PlanEvent], areAll expected: [PlanEvent], _ step: String) throws {
    if got == expected { return }
    func names(_ events: [PlanEvent]) -> [String] { events.map { "\($0.plan) \($0.sequence)" } }
    try expect(names(got), is: names(expected), step)
    for (got, expected) in zip(got, expected) { try expect(got, is: expected, step) }
  }
}
