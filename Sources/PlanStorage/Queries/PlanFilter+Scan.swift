public import PlanDomain

extension PlanFilter {
  /// The narrowest scan that contains every plan that the filter matches.
  public var scan: IndexScan {
    guard let statuses else { return .groups(scope, Set(StatusGroup.allCases)) }
    if !statuses.isEmpty, statuses.allSatisfy({ $0.state == .processing }) { return .processing }
    return .groups(scope, Set(statuses.map { StatusGroup($0) }))
  }

  /// The narrowest scope that contains every plan that the filter matches.
  public var scope: PlanScope {
    if let parent { return .children(parent) }
    if let root { return .tree(root) }
    if let label { return .label(label) }
    if let project { return .project(project) }
    if let action { return .action(action) }
    if let namespace { return .namespace(namespace) }
    return .all
  }
}
