import PlanDomain
import PlanStorage

extension Cases {
  static let pages: [CaseDefinition] = [
    CaseDefinition("page.order", "Pages contain plans in the order of their ids") { context in
      let (engine, action) = try context.withAction()
      let plans = try [5, 3, 9, 1, 7, 2, 8].map { try Sample.plan($0, of: action) }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      for order in PageOrder.allCases {
        let sorted = plans.sorted { order == .oldestFirst ? $0.id < $1.id : $0.id > $1.id }
        for limit in [1, 2, 3, 7, 8] {
          let found = try context.scan(engine, PlanFilter(), order, limit)
          try context.expect(found, are: sorted, "all pages of \(limit), \(order)")
        }
      }
    },
    CaseDefinition("page.filters", "Pages contain exactly the plans that match the filter") {
      context in
      let engine = try context.openFresh()
      var arbitrary = context.arbitrary()
      let plans = try context.mixture(&arbitrary)
      let (actions, rows) = (plans.actions, plans.plans)
      try engine.write { work in
        for action in actions { try work.insert(action) }
        for plan in rows { try work.insert(plan) }
      }
      for filter in try context.filters(plans.plans) {
        for order in PageOrder.allCases {
          let expected = plans.plans.filter { QueryRules.isMatch($0, for: filter) }
            .sorted { order == .oldestFirst ? $0.id < $1.id : $0.id > $1.id }
          let found = try context.scan(engine, filter, order, 3)
          try context.expect(found, are: expected, "\(filter), \(order)")
        }
      }
    },
    CaseDefinition(
      "page.counts", "The counts are the numbers of plans of the scope in each status"
    ) { context in
      let engine = try context.openFresh()
      var arbitrary = context.arbitrary()
      let plans = try context.mixture(&arbitrary)
      let (actions, rows) = (plans.actions, plans.plans)
      try engine.write { work in
        for action in actions { try work.insert(action) }
        for plan in rows { try work.insert(plan) }
      }
      for scope in Set(try context.filters(plans.plans).map(QueryRules.scope)) {
        let counts = try engine.read { try $0.counts(in: scope) }
        for status in PlanStatus.allCases {
          let expected = plans.plans.count {
            $0.status == status && QueryRules.isMember($0, of: scope)
          }
          try context.expect(counts[status], is: expected, "count of \(status) in \(scope)")
        }
      }
    },
    CaseDefinition(
      "page.stable",
      "A page starts after the cursor, also when the plan of the cursor is no longer stored"
    ) { context in
      let (engine, action) = try context.withAction()
      let plans = try stride(from: 10, through: 200, by: 10).map {
        try Sample.plan(UInt64($0), of: action)
      }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      let limit = try PageLimit(5)
      let first = try engine.read {
        try $0.plans(matching: PlanQuery(order: .oldestFirst, limit: limit))
      }
      try context.expect(first.rows, are: Array(plans[..<5]), "the first page")
      // Rows are inserted and removed on both sides of the cursor; the row of the cursor is removed.
      let (before, after) = (try Sample.plan(15, of: action), try Sample.plan(55, of: action))
      try engine.write { work in
        try work.insert(before)
        try work.insert(after)
        for plan in [plans[4], plans[0], plans[6]] { _ = try work.removeTree(plan.id) }
      }
      let query = PlanQuery(order: .oldestFirst, limit: limit, after: first.next)
      let second = try engine.read { try $0.plans(matching: query) }
      try context.expect(
        second.rows, are: [after, plans[5], plans[7], plans[8], plans[9]], "the second page")
      let back = PlanQuery(order: .newestFirst, limit: limit, after: first.next)
      let rest = try engine.read { try $0.plans(matching: back) }
      try context.expect(
        rest.rows, are: [plans[3], plans[2], plans[1], before],
        "the page in the opposite direction from the cursor")
    },
    CaseDefinition(
      "page.next", "`next` is nil exactly when no row of the scan follows the last one examined"
    ) { context in
      let (engine, action) = try context.withAction()
      let plans = try (1...4).map { try Sample.plan($0, of: action) }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      for order in PageOrder.allCases {
        for (limit, isLast) in [(3, false), (4, true), (5, true)] {
          let query = PlanQuery(order: order, limit: try PageLimit(limit))
          let page = try engine.read { try $0.plans(matching: query) }
          try context.expect(page.isLast, is: isLast, "a page of \(limit) of 4, \(order)")
        }
      }
      let none = try engine.read {
        try $0.plans(matching: PlanQuery(PlanFilter(phase: .apply)))
      }
      try context.expect(
        none.rows.isEmpty && none.isLast, "a page without a match", expected: "no rows and no next")
    },
    CaseDefinition("page.examined", "A page examines at most a thousand rows more than its limit") {
      context in
      let (engine, action) = try context.withAction()
      let plans = try (0..<1_210 as Range<UInt64>).map {
        try Sample.plan($0, of: action, createdAt: $0 == 1_205 ? 7 : 9_999)
      }
      try engine.write { work in for plan in plans { try work.insert(plan) } }
      let filter = PlanFilter(created: Sample.time(7)..<Sample.time(8))
      let limit = try PageLimit(100)
      let query = PlanQuery(filter, order: .oldestFirst, limit: limit)
      let first = try engine.read { try $0.plans(matching: query) }
      try context.expect(first.rows, are: [], "the first page")
      try context.expect(first.next?.last, is: plans[1_099].id, "the last row examined")
      let next = PlanQuery(filter, order: .oldestFirst, limit: limit, after: first.next)
      let second = try engine.read { try $0.plans(matching: next) }
      try context.expect(second.rows, are: [plans[1_205]], "the second page")
      try context.expect(second.isLast, is: true, "whether the second page is the last one")
    },
  ]
}

extension CaseContext {
  /// The plans on all pages, in order; throws a violation after a thousand pages.
  func scan(
    _ engine: any StorageEngine, _ filter: PlanFilter, _ order: PageOrder, _ limit: Int
  ) throws -> [Plan] {
    var (found, cursor) = ([Plan](), PlanCursor?.none)
    for _ in 0..<1_000 {
      let query = PlanQuery(filter, order: order, limit: try PageLimit(limit), after: cursor)
      let page = try engine.read { try $0.plans(matching: query) }
      try expect(page.rows.count <= limit, "a page", expected: "at most \(limit) rows")
      found += page.rows
      guard let next = page.next else { return found }
      cursor = next
    }
    throw violation(step: "reading all pages", expected: "a last page", got: "1000 pages")
  }

  /// Plans with different actions, projects, trees, statuses and times.
  func mixture(_ arbitrary: inout Arbitrary) throws -> (actions: [Action], plans: [Plan]) {
    let actions = try ["a/x", "a/y", "b/x", "B/x"].map { try Sample.action($0) }
    var plans: [Plan] = []
    for number in 0..<90 as Range<UInt64> {
      let parent = number % 3 == 0 || plans.isEmpty ? nil : arbitrary.one(of: plans)
      let position = try parent.map {
        try Sample.position(below: $0, index: Int(number), key: "c\(number)")
      }
      plans.append(
        try Sample.plan(
          number, of: arbitrary.one(of: actions), status: arbitrary.one(of: PlanStatus.allCases),
          position: position, projects: arbitrary.one(of: [[], ["p"], ["P"], ["q", "p"]]),
          labels: arbitrary.one(of: [[:], ["l": "1"], ["L": "1"], ["l": "2", "m": "1"]]),
          createdAt: Int64(arbitrary.one(of: [1, 2, 3]))))
    }
    return (actions, plans)
  }

  /// Filters with each criterion, and with several of them.
  func filters(_ plans: [Plan]) throws -> [PlanFilter] {
    let (x, p, one) = (ActionName("a/x"), ProjectName("p"), Plan.Label("l", "1"))
    let roots = plans.filter { $0.definition.position == nil }.prefix(3).map(\.id)
    let parents = plans.compactMap(\.definition.position?.parent).prefix(3)
    let range = Sample.time(2)..<Sample.time(3)
    return [
      PlanFilter(), PlanFilter(phase: .apply), PlanFilter(state: .queued),
      PlanFilter(statuses: [.strategizeQueued, .executeProcessing, .applyApplied]),
      PlanFilter(statuses: [.executeProcessing, .applyProcessing]), PlanFilter(statuses: []),
      PlanFilter(state: .processing), PlanFilter(phase: .execute, state: .processing),
      PlanFilter(phase: .strategize, state: .waiting), PlanFilter(phase: .execute, state: .waiting),
      PlanFilter(action: x), PlanFilter(namespace: "a"), PlanFilter(namespace: "B"),
      PlanFilter(namespace: "none"), PlanFilter(project: p), PlanFilter(project: p, root: roots[0]),
      PlanFilter(created: range), PlanFilter(updated: range), PlanFilter(parent: Sample.id(999)),
      PlanFilter(root: Sample.id(999)),
      PlanFilter(label: one), PlanFilter(label: Plan.Label("l", "none")),
      PlanFilter(state: .queued, label: one), PlanFilter(project: p, label: one),
      PlanFilter(state: .processing, label: one), PlanFilter(label: one, root: roots[0]),
      PlanFilter(state: .errored, action: x, namespace: "a", project: p),
      PlanFilter(state: .processing, action: x), PlanFilter(state: .processing, project: p),
    ] + roots.map { PlanFilter(root: $0) } + parents.map { PlanFilter(parent: $0) }
      + parents.map { PlanFilter(state: .queued, parent: $0, root: roots[0]) }
  }
}
