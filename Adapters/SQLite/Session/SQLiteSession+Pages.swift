import PlanDomain
import PlanStorage

extension SQLiteSession {
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    let connection = try connection("listing")
    let newestFirst = query.order == .newestFirst
    guard case .groups(let scope, let groups) = QueryRules.scan(for: query.filter) else {
      return try processing(query)
    }
    guard let key = try connection.key(of: scope) else { return QueryPage(rows: [], next: nil) }
    let isWhole = key.kind == .all && groups.count == StatusGroup.allCases.count
    guard let sql = isWhole ? .allPages(newestFirst) : key.page(newestFirst) else {
      // The merge looks for lists that are not empty.
      try connection.writeCounts()
      var merge = try ListMerge(
        groups, ofNamespace: key.namespace, after: query.after?.last.ulid, newestFirst: newestFirst,
        expecting: query.limit.count + 1, on: connection)
      return try page(query) { () throws(StorageError) in try merge.next() }
    }
    var scan = try connection.query(sql)
    scan.bind(start: query.after?.last.ulid, newestFirst: newestFirst)
    // One row more than the page may examine shows whether a next page exists.
    scan.bind(QueryRules.rowsExamined(for: query.limit) + 1)
    if !isWhole {
      scan.bind(key: key)
      for group in StatusGroup.allCases {
        if groups.contains(group) { scan.bind(group) } else { scan.bindNull() }
      }
    }
    return try page(query) { () throws(StorageError) in
      try scan.next() ? (try scan.id("id"), scan.integer()) : nil
    }
  }

  /// Returns a page of processing plans; they are few, so they are sorted here.
  private func processing(_ query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    let newestFirst = query.order == .newestFirst
    let all = try connection("listing").due(.leases, until: .latest, .max)
    let ahead = all.filter { entry in
      query.after.map { newestFirst ? entry.id < $0.last.ulid : entry.id > $0.last.ulid } ?? true
    }
    var rest = ahead.sorted { newestFirst ? $0.id > $1.id : $0.id < $1.id }[...]
    return try page(query) { () throws(StorageError) in rest.popFirst().map { ($0.id, $0.number) } }
  }

  /// Returns a page of the plans of a scan, in its order.
  private func page(
    _ query: PlanQuery, _ next: () throws(StorageError) -> (id: ULID, number: Int64)?
  ) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    let connection = try connection("listing")
    var builder = PageBuilder<Plan, PlanCursor>(query.limit)
    while let row = try next() {
      if builder.isFull { return builder.page(hasNext: true) }
      let plan = try connection.plan(row.id, numbered: row.number)
      builder.examine(
        plan, at: PlanCursor(after: Plan.ID(row.id)),
        matches: QueryRules.isMatch(plan, for: query.filter))
    }
    return builder.page(hasNext: false)
  }

  func counts(in scope: PlanScope) throws(StorageError) -> StatusCounts {
    let connection = try connection("counting")
    guard let key = try connection.key(of: scope) else { return StatusCounts([:]) }
    var groups: [StatusGroup: Int] = [:]
    switch key.count {
    case .ofStatuses(let sql):
      // Trees are limited in size, so their statuses are read row by row.
      var counts: [PlanStatus: Int] = [:]
      var query = try connection.query(sql)
      query.bind(key: key)
      while try query.next() { counts[try query.status("status"), default: 0] += 1 }
      return StatusCounts(counts)
    case .ofGroup(let sql):
      for group in StatusGroup.allCases {
        var query = try connection.query(sql)
        query.bind(key: key)
        query.bind(group)
        if try query.next() { groups[group] = query.int() }
      }
    case .kept(let sql):
      try connection.writeCounts()
      var query = try connection.query(sql)
      query.bind(key: key)
      while try query.next() {
        let group = try query.group("status_group")
        groups[group, default: 0] += query.int()
      }
    }
    var processing: [Plan] = []
    for entry in try connection.due(.leases, until: .latest, .max) {
      processing.append(try connection.plan(entry.id, numbered: entry.number))
    }
    return QueryRules.counts(in: scope, groups: groups, processing: processing)
  }

  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
  {
    let connection = try connection("listing")
    let newestFirst = query.order == .newestFirst
    let namespace = query.filter.namespace
    var scan = try connection.query(
      namespace == nil
        ? (newestFirst ? .actionsNewest : .actionsOldest)
        : (newestFirst ? .namespaceActionsNewest : .namespaceActionsOldest))
    scan.bind(query.after?.last ?? (newestFirst ? .max : .min))
    scan.bind(QueryRules.rowsExamined(for: query.limit) + 1)
    if let namespace { scan.bind(namespace) }
    var builder = PageBuilder<Action, ActionCursor>(query.limit)
    while try scan.next() {
      if builder.isFull { return builder.page(hasNext: true) }
      let (number, action) = try scan.action()
      builder.examine(
        action, at: ActionCursor(after: number),
        matches: QueryRules.isMatch(action, for: query.filter))
    }
    return builder.page(hasNext: false)
  }
}

/// A scope as the column and the value by which its rows are found.
private struct ScopeKey {
  enum Kind { case all, namespace, action, project, label, tree, children }
  enum Value {
    case none
    case number(Int64)
    case text(String)
    case id(ULID)
  }

  let kind: Kind
  let value: Value

  /// The number of the namespace, if the scope is one.
  var namespace: Int64? {
    if case .number(let number) = value, kind == .namespace { number } else { nil }
  }

  /// Returns the statement that scans the groups of the scope; nil where lists are merged.
  func page(_ newestFirst: Bool) -> SQL? {
    switch kind {
    case .all, .namespace: nil
    case .action: newestFirst ? .pageOfActionNewest : .pageOfActionOldest
    case .project: newestFirst ? .pageOfProjectNewest : .pageOfProjectOldest
    case .label: newestFirst ? .pageOfLabelNewest : .pageOfLabelOldest
    case .tree: newestFirst ? .pageOfTreeNewest : .pageOfTreeOldest
    case .children: newestFirst ? .pageOfChildrenNewest : .pageOfChildrenOldest
    }
  }

  /// How the plans of a scope are counted.
  enum Count {
    /// From the counts that are kept for each action.
    case kept(SQL)
    /// One group after the other, in an index.
    case ofGroup(SQL)
    /// Plan by plan.
    case ofStatuses(SQL)
  }

  var count: Count {
    switch kind {
    case .all: .kept(.countsOfAll)
    case .namespace: .kept(.countsOfNamespace)
    case .action: .kept(.countsOfAction)
    case .project: .ofGroup(.countOfProject)
    case .label: .ofGroup(.countOfLabel)
    case .tree: .ofStatuses(.statusesOfTree)
    case .children: .ofStatuses(.statusesOfChildren)
    }
  }
}

extension SQL {
  /// The statement of a page of all plans.
  fileprivate static func allPages(_ newestFirst: Bool) -> SQL {
    newestFirst ? .pageOfAllNewest : .pageOfAllOldest
  }
}

extension StatementRun {
  fileprivate mutating func bind(key: ScopeKey) {
    switch key.value {
    case .none: bind(0 as Int64)
    case .number(let number): bind(number)
    case .text(let text): bind(text)
    case .id(let id): bind(id)
    }
  }
}

extension SQLiteConnection {
  /// Returns the key of a scope; nil when its namespace or action is not stored.
  fileprivate func key(of scope: PlanScope) throws(StorageError) -> ScopeKey? {
    switch scope {
    case .all: return ScopeKey(kind: .all, value: .none)
    case .namespace(let name):
      var query = try query(.namespaceNumber)
      query.bind(name)
      guard try query.next() else { return nil }
      return ScopeKey(kind: .namespace, value: .number(query.integer()))
    case .action(let name):
      return try number(of: name).map { ScopeKey(kind: .action, value: .number($0)) }
    case .project(let name): return ScopeKey(kind: .project, value: .text(name.description))
    case .label(let label): return ScopeKey(kind: .label, value: .text(label.stored))
    case .tree(let root): return ScopeKey(kind: .tree, value: .id(root.ulid))
    case .children(let parent): return ScopeKey(kind: .children, value: .id(parent.ulid))
    }
  }
}

extension Timestamp {
  /// The latest representable time.
  fileprivate static let latest = Timestamp(microseconds: .max)
}
