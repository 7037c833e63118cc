import PlanDomain
import PlanStorage

extension PostgreSQLSession {
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    try needExclusive("listing")
    var builder = PageBuilder<Plan, PlanCursor>(query.limit)
    var last = query.after?.last.ulid
    // One row more than the page has, or may examine, shows whether a next page exists.
    var left = QueryRules.rowsExamined(for: query.limit) + 1
    var count = min(query.limit.count + 1, left)
    while true {
      let rows = try rows(matching: query, after: last, count)
      for row in 0..<rows.count {
        if builder.isFull { return builder.page(hasNext: true) }
        var reader = RowReader(rows, row)
        let stored = try reader.storedPlan(cache)
        let plan = isWritable ? working.note(stored) : stored.plan
        last = plan.id.ulid
        builder.examine(
          plan, at: PlanCursor(after: plan.id), matches: QueryRules.isMatch(plan, for: query.filter)
        )
      }
      if rows.count < count { return builder.page(hasNext: false) }
      // Few of them matched: the rest at once.
      left -= rows.count
      count = left
    }
  }

  /// The next rows, at most `count`, that a page must examine.
  private func rows(
    matching query: PlanQuery, after last: ULID?, _ count: Int
  ) throws(StorageError) -> PostgreSQLRows {
    let newestFirst = query.order == .newestFirst
    let start = last ?? (newestFirst ? ULID(high: .max, low: .max) : ULID(high: 0, low: 0))
    let bounds: [PostgreSQLValue] = [.id(start), .id(last), .int(count)]
    switch QueryRules.scan(for: query.filter) {
    case .processing:
      return try rows("listing", SQL.pageOfProcessing(newestFirst: newestFirst), bounds)
    case .groups(let scope, let groups):
      let scan = scope.scan(newestFirst, isWhole: groups.count == StatusGroup.allCases.count)
      let numbers = PostgreSQLValue.ints(groups.map { Int64($0.rawValue) }.sorted())
      return try rows(
        "listing", scan.statement, scan.filtersGroups ? bounds + [numbers] + scan.values : bounds)
    }
  }

  func actions(
    matching query: ActionQuery
  ) throws(StorageError) -> QueryPage<Action, ActionCursor> {
    try needExclusive("listing")
    let newestFirst = query.order == .newestFirst
    let namespace = query.filter.namespace
    let statement =
      switch (namespace == nil, newestFirst) {
      case (true, true): SQL.actionsNewest
      case (true, false): SQL.actionsOldest
      case (false, true): SQL.namespaceActionsNewest
      case (false, false): SQL.namespaceActionsOldest
      }
    var values: [PostgreSQLValue] = [
      .int(query.after?.last ?? (newestFirst ? Int64.max : Int64.min)),
      .int(QueryRules.rowsExamined(for: query.limit) + 1),
    ]
    if let namespace { values.append(.text(namespace)) }
    let rows = try rows("listing", statement, values)
    var builder = PageBuilder<Action, ActionCursor>(query.limit)
    for row in 0..<rows.count {
      if builder.isFull { return builder.page(hasNext: true) }
      let stored = try rows.storedAction(row)
      builder.examine(
        stored.action, at: ActionCursor(after: stored.number),
        matches: QueryRules.isMatch(stored.action, for: query.filter))
    }
    return builder.page(hasNext: false)
  }
}

extension PlanScope {
  /// A statement that finds the plans of a scope in the order of their ids.
  fileprivate struct Scan {
    let statement: PostgreSQLStatement
    /// The values after the groups.
    var values: [PostgreSQLValue] = []
    var filtersGroups = true
  }

  fileprivate func scan(_ newestFirst: Bool, isWhole: Bool) -> Scan {
    switch self {
    case .all where isWhole:
      Scan(statement: SQL.pageOfAll(newestFirst: newestFirst), filtersGroups: false)
    case .all:
      Scan(statement: SQL.pageOfActions(newestFirst: newestFirst), values: [.null, .null])
    case .namespace(let name):
      Scan(statement: SQL.pageOfActions(newestFirst: newestFirst), values: [.text(name), .null])
    case .action(let name):
      Scan(
        statement: SQL.pageOfActions(newestFirst: newestFirst),
        values: [.null, .text(name.description)])
    case .project(let name):
      Scan(
        statement: SQL.pageOfProject(newestFirst: newestFirst), values: [.text(name.description)])
    case .label(let label):
      Scan(statement: SQL.pageOfLabel(newestFirst: newestFirst), values: [.text(label.stored)])
    case .tree(let root):
      Scan(statement: SQL.pageOfTree(newestFirst: newestFirst), values: [.id(root)])
    case .children(let parent):
      Scan(statement: SQL.pageOfChildren(newestFirst: newestFirst), values: [.id(parent)])
    }
  }
}
