public import PlanDomain

extension PlanScope {
  /// Whether the scope contains the plan.
  public func contains(_ plan: Plan) -> Bool {
    let definition = plan.definition
    return switch self {
    case .all: true
    case .namespace(let namespace): definition.action.name.namespace == namespace
    case .action(let name): definition.action.name == name
    case .project(let name): definition.projects.contains { $0.name == name }
    case .label(let label): definition.has(label)
    case .tree(let root): definition.root == root
    case .children(let parent): definition.position?.parent == parent
    }
  }
}

extension PlanFilter {
  /// Whether the plan matches the filter.
  public func matches(_ plan: Plan) -> Bool {
    let definition = plan.definition
    return (statuses?.contains(plan.status) ?? true)
      && (action.map { definition.action.name == $0 } ?? true)
      && (namespace.map { definition.action.name.namespace == $0 } ?? true)
      && (project.map { name in definition.projects.contains { $0.name == name } } ?? true)
      && (label.map { definition.has($0) } ?? true)
      && (parent.map { definition.position?.parent == $0 } ?? true)
      && (root.map { definition.root == $0 } ?? true)
      && (created?.contains(definition.createdAt) ?? true)
      && (updated?.contains(plan.progress.updatedAt) ?? true)
  }
}

extension ActionFilter {
  /// Whether the action matches the filter.
  public func matches(_ action: Action) -> Bool {
    (namespace.map { action.name.namespace == $0 } ?? true)
      && (state.map { action.state == $0 } ?? true)
      && (tag.map { action.definition.tags.contains($0) } ?? true)
      && (created?.contains(action.createdAt) ?? true)
      && (updated?.contains(action.updatedAt) ?? true)
  }
}
