public import PlanDomain

/// The rows that a store examines for a query, and which of them match.
///
/// The rules are the same for all stores, so that all return the same pages. They are functions of
/// this type and not members of the types that they concern, because Swift offers the members of
/// every loaded module also to a host that imports only `Planwright`.
public enum QueryRules {
  /// Returns the narrowest scan that contains every plan that the filter matches.
  public static func scan(for filter: PlanFilter) -> IndexScan {
    let scope = scope(for: filter)
    guard let statuses = filter.statuses else {
      return .groups(scope, Set(StatusGroup.allCases))
    }
    if !statuses.isEmpty, statuses.allSatisfy({ $0.state == .processing }) { return .processing }
    return .groups(scope, Set(statuses.map { StatusGroup($0) }))
  }

  /// Returns the narrowest scope that contains every plan that the filter matches.
  public static func scope(for filter: PlanFilter) -> PlanScope {
    if let parent = filter.parent { return .children(parent) }
    if let root = filter.root { return .tree(root) }
    if let label = filter.label { return .label(label) }
    if let project = filter.project { return .project(project) }
    if let action = filter.action { return .action(action) }
    if let namespace = filter.namespace { return .namespace(namespace) }
    return .all
  }

  /// Returns the number of rows that may be examined to fill one page, whatever the store's size.
  public static func rowsExamined(for limit: PageLimit) -> Int { limit.count + 1000 }

  /// Returns whether the filter matches the plan.
  public static func isMatch(_ plan: Plan, for filter: PlanFilter) -> Bool {
    let definition = plan.definition
    return (filter.statuses?.contains(plan.status) ?? true)
      && (filter.action.map { definition.action.name == $0 } ?? true)
      && (filter.namespace.map { definition.action.name.namespace == $0 } ?? true)
      && (filter.project.map { name in definition.projects.contains { $0.name == name } } ?? true)
      && (filter.label.map { definition.has($0) } ?? true)
      && (filter.parent.map { definition.position?.parent == $0 } ?? true)
      && (filter.root.map { definition.root == $0 } ?? true)
      && (filter.created?.contains(definition.createdAt) ?? true)
      && (filter.updated?.contains(plan.progress.updatedAt) ?? true)
  }

  /// Returns whether the filter matches the action.
  public static func isMatch(_ action: Action, for filter: ActionFilter) -> Bool {
    (filter.namespace.map { action.name.namespace == $0 } ?? true)
      && (filter.state.map { action.state == $0 } ?? true)
      && (filter.tag.map { action.definition.tags.contains($0) } ?? true)
      && (filter.created?.contains(action.createdAt) ?? true)
      && (filter.updated?.contains(action.updatedAt) ?? true)
  }

  /// Returns whether the scope contains the plan.
  public static func isMember(_ plan: Plan, of scope: PlanScope) -> Bool {
    let definition = plan.definition
    return switch scope {
    case .all: true
    case .namespace(let namespace): definition.action.name.namespace == namespace
    case .action(let name): definition.action.name == name
    case .project(let name): definition.projects.contains { $0.name == name }
    case .label(let label): definition.has(label)
    case .tree(let root): definition.root == root
    case .children(let parent): definition.position?.parent == parent
    }
  }

  /// Returns the counts of a scope from the number of its plans in each group of statuses.
  ///
  /// `processing` must contain all processing plans of the store, which are few. Each one that the
  /// scope contains is counted under its own status instead of the resting status of its group.
  public static func counts(
    in scope: PlanScope, groups: [StatusGroup: Int], processing: some Sequence<Plan>
  ) -> StatusCounts {
    var counts: [PlanStatus: Int] = [:]
    for (group, count) in groups { counts[group.restingStatus, default: 0] += count }
    for plan in processing where isMember(plan, of: scope) {
      counts[StatusGroup(plan.status).restingStatus, default: 0] -= 1
      counts[plan.status, default: 0] += 1
    }
    return StatusCounts(counts)
  }
}
