import PlanDomain
import PlanStorage

extension InMemorySession {
  func plans(matching query: PlanQuery) throws(StorageError) -> QueryPage<Plan, PlanCursor> {
    let tables = try tables("listing")
    let filter = query.filter
    guard let lists = tables.lists(of: QueryRules.scan(for: filter), meter) else {
      return tables.page(ofLoneRoot: query)
    }
    let scans = lists.map { list in
      switch query.order {
      case .oldestFirst: list.ascending(after: query.after?.last, meter)
      case .newestFirst: list.descending(before: query.after?.last, meter)
      }
    }
    var merged =
      query.order == .oldestFirst
      ? MergedScan(scans, isBefore: <) : MergedScan(scans, isBefore: >)
    var builder = PageBuilder<Plan, PlanCursor>(query.limit)
    while let (id, entry) = merged.next() {
      if builder.isFull { return builder.page(hasNext: true) }
      let plan = entry.plan
      builder.examine(
        plan, at: PlanCursor(after: id), matches: QueryRules.isMatch(plan, for: filter))
    }
    return builder.page(hasNext: false)
  }

  func actions(matching query: ActionQuery) throws(StorageError) -> QueryPage<Action, ActionCursor>
  {
    let tables = try tables("listing")
    let numbers =
      query.filter.namespace.map { tables.actionsByNamespace[$0] ?? SortedMap() }
      ?? tables.actionsByNumber
    var scan =
      query.order == .oldestFirst
      ? numbers.ascending(after: query.after?.last, meter)
      : numbers.descending(before: query.after?.last, meter)
    var builder = PageBuilder<Action, ActionCursor>(query.limit)
    while let (number, entry) = scan.next() {
      if builder.isFull { return builder.page(hasNext: true) }
      let action = entry.action
      builder.examine(
        action, at: ActionCursor(after: number),
        matches: QueryRules.isMatch(action, for: query.filter))
    }
    return builder.page(hasNext: false)
  }
}

extension InMemoryTables {
  /// Returns the lists of a scan; nil for a scope without plans and for a tree of one plan.
  fileprivate func lists(
    of scan: IndexScan, _ meter: VisitMeter?
  ) -> [SortedMap<Plan.ID, PlanEntry>]? {
    switch scan {
    case .processing: [processing(meter)]
    case .groups(let scope, let groups): lists(of: scope).map { lists in groups.map { lists[$0] } }
    }
  }

  /// Returns the processing plans, ordered by id; they are few, so they are sorted here.
  private func processing(_ meter: VisitMeter?) -> SortedMap<Plan.ID, PlanEntry> {
    var list = SortedMap<Plan.ID, PlanEntry>()
    let entries = leases.ascending(after: nil, meter).map(\.value).sorted {
      $0.plan.id < $1.plan.id
    }
    for entry in entries { list.insert(entry.plan.id, entry) }
    return list
  }

  /// Returns the lists of a scope; nil for a scope without plans and for a tree of one plan.
  func lists(of scope: PlanScope) -> GroupLists? {
    switch scope {
    case .all: all
    case .namespace(let namespace): namespaces[namespace]
    case .action(let name): actions[name]?.scopes.last
    case .project(let name): projects[name]
    case .label(let label): labels[label]
    case .tree(let root): trees[root]
    case .children(let parent): plans.entry(parent)?.family?.children
    }
  }

  /// Returns the root of the scope's tree; a tree without lists consists of its root alone.
  func loneRoot(of scope: PlanScope) -> Plan? {
    guard case .tree(let root) = scope, let plan = plans.plan(root),
      plan.definition.position == nil
    else { return nil }
    return plan
  }

  fileprivate func page(ofLoneRoot query: PlanQuery) -> QueryPage<Plan, PlanCursor> {
    guard let plan = loneRoot(of: QueryRules.scope(for: query.filter)),
      QueryRules.isMatch(plan, for: query.filter)
    else { return QueryPage(rows: [], next: nil) }
    let isAhead =
      query.after.map { query.order == .oldestFirst ? plan.id > $0.last : plan.id < $0.last }
      ?? true
    return QueryPage(rows: isAhead ? [plan] : [], next: nil)
  }
}

/// Merges several ordered scans into one; the cost of each step is linear in their number.
struct MergedScan<Key: Comparable, Value>: IteratorProtocol {
  private var scans: [SortedMap<Key, Value>.Scan]
  private var heads: [(key: Key, value: Value)?] = []
  private let isBefore: (Key, Key) -> Bool

  init(_ scans: [SortedMap<Key, Value>.Scan], isBefore: @escaping (Key, Key) -> Bool) {
    self.scans = scans
    self.isBefore = isBefore
    for index in self.scans.indices { heads.append(self.scans[index].next()) }
  }

  /// Returns the next element of all scans in order.
  mutating func next() -> (key: Key, value: Value)? {
    var first: (index: Int, key: Key)?
    for index in heads.indices {
      guard let head = heads[index] else { continue }
      if let known = first, !isBefore(head.key, known.key) { continue }
      first = (index, head.key)
    }
    guard let first else { return nil }
    defer { heads[first.index] = scans[first.index].next() }
    return heads[first.index]
  }
}
