import PlanDomain
import PlanStorage

extension Cases {
  static let actions: [CaseDefinition] = [
    CaseDefinition("action.missing", "Reading an action that is not stored returns nil") {
      context in
      let engine = try context.openFresh()
      let name = ActionName("kit/none")
      try context.expect(
        try engine.read { try $0.action(name) }, equals: Action?.none, "reading the action")
    },
    CaseDefinition(
      "action.insert.read-back", "Reading an action returns every field as it was inserted"
    ) { context in
      let engine = try context.openFresh()
      var arbitrary = context.arbitrary()
      for number in 0..<60 {
        let action = try arbitrary.action(ActionName("kit/a\(number)"))
        try engine.write { try $0.insert(action) }
        let stored = try engine.read { try $0.action(action.name) }
        try context.expect(stored, equals: action, "reading action \(number)")
      }
    },
    CaseDefinition(
      "action.insert.duplicate", "Inserting an action throws `duplicate` when the name is taken"
    ) { context in
      let engine = try context.openFresh()
      let (first, second) = (try Sample.action(), try Sample.action(version: 2, at: 2_000))
      try engine.write { try $0.insert(first) }
      try context.expectError(.duplicate, "inserting the name again") {
        try engine.write { try $0.insert(second) }
      }
      let stored = try engine.read { try $0.action(first.name) }
      try context.expect(stored, equals: first, "reading the first action")
    },
    CaseDefinition("action.name.case-counts", "Action names are case-sensitive") { context in
      let engine = try context.openFresh()
      let names = ["kit/a", "kit/A", "Kit/a", "kit/a-", "kit/a_"]
      let actions = try names.map { try Sample.action($0) }
      try engine.write { work in for action in actions { try work.insert(action) } }
      for action in actions {
        let stored = try engine.read { try $0.action(action.name) }
        try context.expect(stored, equals: action, "reading \(action.name)")
      }
    },
    CaseDefinition("action.save.read-back", "Reading an action returns every field as it was saved")
    {
      context in
      let engine = try context.openFresh()
      var arbitrary = context.arbitrary()
      let first = try Sample.action()
      try engine.write { try $0.insert(first) }
      var version = first.version
      for round in 0..<40 {
        let next = try arbitrary.action(first.name)
        let replaced = version
        try engine.write { try $0.save(next, replacing: replaced) }
        version = next.version
        let stored = try engine.read { try $0.action(first.name) }
        try context.expect(stored, equals: next, "reading replacement \(round)")
      }
    },
    CaseDefinition(
      "action.save.stale",
      "Saving an action throws `staleWrite` when the stored version is not `version`"
    ) { context in
      let engine = try context.openFresh()
      let first = try Sample.action(version: 3)
      try engine.write { try $0.insert(first) }
      for version in [2, 4, 0, Int.max] {
        let next = try Sample.action(version: 9, at: 9_000)
        try context.expectError(.staleWrite, "replacing version \(version) of 3") {
          try engine.write { try $0.save(next, replacing: version) }
        }
      }
      let stored = try engine.read { try $0.action(first.name) }
      try context.expect(stored, equals: first, "reading the unchanged action")
    },
    CaseDefinition(
      "action.save.not-found",
      "Saving an action throws `notFound` when no action of this name is stored"
    ) { context in
      let engine = try context.openFresh()
      let action = try Sample.action()
      try context.expectError(.notFound, "saving an action that is not stored") {
        try engine.write { try $0.save(action, replacing: 1) }
      }
      try context.expect(
        try engine.read { try $0.action(action.name) }, equals: Action?.none, "reading the action")
    },
  ]

  static let actionPages: [CaseDefinition] = [
    CaseDefinition("action.page.order", "Pages contain actions in order of creation") { context in
      let engine = try context.openFresh()
      // The order of creation is neither that of the names nor that of the times.
      let names = ["kit/m", "kit/a", "other/z", "kit/b", "a/x", "kit/0", "z/y"]
      for (number, name) in names.enumerated() {
        let action = try Sample.action(name, at: Int64(100 - number))
        try engine.write { try $0.insert(action) }
      }
      for order in PageOrder.allCases {
        let expected = order == .oldestFirst ? names : names.reversed()
        for limit in [1, 2, 3, 7, 50] {
          let found = try context.scan(engine, ActionFilter(), order, limit)
          try context.expect(found, is: expected, "all pages of \(limit), \(order)")
        }
      }
    },
    CaseDefinition(
      "action.page.save-keeps-place", "Saving an action does not change its position in pages"
    ) { context in
      let engine = try context.openFresh()
      for name in ["kit/1", "kit/2", "kit/3"] {
        let action = try Sample.action(name)
        try engine.write { try $0.insert(action) }
      }
      let changed = try Sample.action("kit/1", version: 2, at: 50_000)
      try engine.write { try $0.save(changed, replacing: 1) }
      let found = try context.scan(engine, ActionFilter(), .oldestFirst, 2)
      try context.expect(found, is: ["kit/1", "kit/2", "kit/3"], "after saving the first action")
    },
    CaseDefinition("action.page.filters", "Pages contain exactly the actions that match the filter")
    {
      context in
      let engine = try context.openFresh()
      var stored: [Action] = []
      for number in 0..<24 {
        let action = try Sample.action(
          ["a", "b", "B"][number % 3] + "/n\(number)",
          state: number % 2 == 0 ? .available : .archived,
          tags: number % 4 == 0 ? ["t", "u"] : ["v"], at: Int64(number))
        stored.append(action)
        try engine.write { try $0.insert(action) }
      }
      let range = Sample.time(5)..<Sample.time(11)
      let filters = [
        ActionFilter(namespace: "a"), ActionFilter(namespace: "B"), ActionFilter(namespace: "none"),
        ActionFilter(state: .archived), ActionFilter(tag: Action.Tag("t")),
        ActionFilter(created: range), ActionFilter(updated: range),
        ActionFilter(namespace: "b", state: .available, created: range),
      ]
      for filter in filters {
        let matching = stored.filter { QueryRules.isMatch($0, for: filter) }
        let expected = matching.map(\.name.description)
        let found = try context.scan(engine, filter, .oldestFirst, 3)
        try context.expect(found, is: expected, "\(filter)")
      }
    },
    CaseDefinition(
      "action.page.next", "`next` is nil exactly when no action follows the last one examined"
    ) { context in
      let engine = try context.openFresh()
      for number in 0..<4 {
        let action = try Sample.action("kit/n\(number)")
        try engine.write { try $0.insert(action) }
      }
      for (limit, isLast) in [(3, false), (4, true), (5, true)] {
        let query = ActionQuery(limit: try PageLimit(limit))
        let page = try engine.read { try $0.actions(matching: query) }
        try context.expect(page.isLast, is: isLast, "a page of \(limit) of 4")
      }
    },
  ]
}

extension QueryPage {
  /// Whether no page follows.
  var isLast: Bool { next == nil }
}

extension CaseContext {
  /// The names on all pages, in order; throws a violation after a thousand pages.
  func scan(
    _ engine: any StorageEngine, _ filter: ActionFilter, _ order: PageOrder, _ limit: Int
  ) throws -> [String] {
    var (found, cursor) = ([String](), ActionCursor?.none)
    for _ in 0..<1_000 {
      let query = ActionQuery(filter, order: order, limit: try PageLimit(limit), after: cursor)
      let page = try engine.read { try $0.actions(matching: query) }
      try expect(page.rows.count <= limit, "a page", expected: "at most \(limit) rows")
      found += page.rows.map(\.name.description)
      guard let next = page.next else { return found }
      cursor = next
    }
    throw violation(step: "reading all pages", expected: "a last page", got: "1000 pages")
  }
}
