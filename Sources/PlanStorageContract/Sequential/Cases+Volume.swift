import PlanDomain
import PlanStorage

// More than a buffer, a page or a batch is likely to hold: what is cut off shows only here.
extension Cases {
  static let volume: [ContractPromise] = [
    ContractPromise("children.many", "All children of a round, however many there are") { context in
      let (engine, family) = try context.largeFamily()
      let (root, children) = (family[0], Array(family[1...]))
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
    ContractPromise("page.tree.many", "Pages of a tree and of children leave no plan out") {
      context in
      let (engine, family) = try context.largeFamily()
      let root = family[0].id
      for (filter, expected) in [
        (PlanFilter(root: root), family), (PlanFilter(parent: root), Array(family[1...])),
      ] {
        let counted = try engine.read { try $0.counts(in: filter.scope).total }
        try context.expect(counted, is: expected.count, "the count in \(filter.scope)")
        for order in PageOrder.allCases {
          let sorted = order == .oldestFirst ? expected : expected.reversed()
          let found = try context.scan(engine, filter, order, 1_000)
          try context.expect(found, areAll: sorted, "the pages of \(filter.scope), \(order)")
        }
      }
      let removed = try engine.write { try $0.removeTree(root) }
      try context.expect(removed, is: family.count, "how many plans were removed")
    },
    ContractPromise("queue.many", "At most `limit`, and as many as there are up to it") { context in
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
    ContractPromise(
      "event.feed.large-units",
      "The events of one unit of work are all there, in the order in which they were appended"
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
  /// More than a page may hold.
  fileprivate static let many = 1_100

  /// A root, and more children of one round than a page may hold: all wait for a slot, and depend
  /// on the first, which depends on none.
  fileprivate func largeFamily() throws -> (any StorageEngine, [Plan]) {
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

  /// Makes sure that these plans came, in this order; other cases compare them to the byte.
  fileprivate func expect(_ got: [Plan], areAll expected: [Plan], _ step: String) throws {
    if got == expected { return }
    try expect(got.map(\.id), is: expected.map(\.id), step)
    for (got, expected) in zip(got, expected) { try expect(got, is: expected, step) }
  }

  /// Makes sure that these events came, in this order.
  fileprivate func expect(_ got: [PlanEvent], areAll expected: [PlanEvent], _ step: String) throws {
    if got == expected { return }
    func names(_ events: [PlanEvent]) -> [String] { events.map { "\($0.plan) \($0.sequence)" } }
    try expect(names(got), is: names(expected), step)
    for (got, expected) in zip(got, expected) { try expect(got, is: expected, step) }
  }
}
