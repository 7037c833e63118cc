public import PlanDomain

/// A set of plans that a store keeps in order of creation, by group of statuses.
public enum PlanScope: Hashable, Sendable {
  /// All plans.
  case all
  /// The plans of all actions in this namespace.
  case namespace(String)
  /// The plans of one action.
  case action(ActionName)
  /// The plans that work on this project.
  case project(ProjectName)
  /// A root and all its descendants.
  case tree(Plan.ID)
  /// The children of one plan, of all its rounds.
  case children(Plan.ID)
}

extension PlanScope {
  /// Whether the plan is in it.
  public func contains(_ plan: Plan) -> Bool {
    let definition = plan.definition
    return switch self {
    case .all: true
    case .namespace(let namespace): definition.action.name.namespace == namespace
    case .action(let name): definition.action.name == name
    case .project(let name): definition.projects.contains { $0.name == name }
    case .tree(let root): definition.root == root
    case .children(let parent): definition.position?.parent == parent
    }
  }
}

/// Which plans a query asks for: those that match everything that is set.
public struct PlanFilter: Hashable, Sendable {
  /// Those in one of these statuses.
  public let statuses: Set<PlanStatus>?
  /// Those of this action.
  public let action: ActionName?
  /// Those of all actions in this namespace.
  public let namespace: String?
  /// Those that work on this project.
  public let project: ProjectName?
  /// The children of this plan.
  public let parent: Plan.ID?
  /// The root and all its descendants.
  public let root: Plan.ID?
  /// Those created in this range of time.
  public let created: Range<Timestamp>?
  /// Those last changed in this range of time.
  public let updated: Range<Timestamp>?

  /// Asks for plans; what is not given does not restrict.
  ///
  /// A plan is asked for when its status is one of `statuses` and has this phase and this state.
  public init(
    statuses: Set<PlanStatus>? = nil, phase: PlanPhase? = nil, state: PlanState? = nil,
    action: ActionName? = nil, namespace: String? = nil, project: ProjectName? = nil,
    parent: Plan.ID? = nil, root: Plan.ID? = nil, created: Range<Timestamp>? = nil,
    updated: Range<Timestamp>? = nil
  ) {
    self.statuses =
      phase == nil && state == nil
      ? statuses
      : (statuses ?? Set(PlanStatus.allCases)).filter {
        (phase == nil || $0.phase == phase) && (state == nil || $0.state == state)
      }
    self.action = action
    self.namespace = namespace
    self.project = project
    self.parent = parent
    self.root = root
    self.created = created
    self.updated = updated
  }

  /// The lists that pages go through: the narrowest that hold every plan asked for.
  public var scan: IndexScan {
    guard let statuses else { return .groups(scope, Set(StatusGroup.allCases)) }
    if !statuses.isEmpty, statuses.allSatisfy({ $0.state == .processing }) { return .processing }
    return .groups(scope, Set(statuses.map { StatusGroup($0) }))
  }

  /// The narrowest set that a store keeps in order.
  public var scope: PlanScope {
    if let parent { return .children(parent) }
    if let root { return .tree(root) }
    if let project { return .project(project) }
    if let action { return .action(action) }
    if let namespace { return .namespace(namespace) }
    return .all
  }

  /// Whether the plan is one of those asked for.
  public func matches(_ plan: Plan) -> Bool {
    let definition = plan.definition
    return (statuses?.contains(plan.status) ?? true)
      && (action.map { definition.action.name == $0 } ?? true)
      && (namespace.map { definition.action.name.namespace == $0 } ?? true)
      && (project.map { name in definition.projects.contains { $0.name == name } } ?? true)
      && (parent.map { definition.position?.parent == $0 } ?? true)
      && (root.map { definition.root == $0 } ?? true)
      && (created?.contains(definition.createdAt) ?? true)
      && (updated?.contains(plan.progress.updatedAt) ?? true)
  }
}

/// A question for one page of plans, in order of creation.
public struct PlanQuery: Hashable, Sendable {
  /// Which plans.
  public let filter: PlanFilter
  /// In which direction.
  public let order: PageOrder
  /// How many at most.
  public let limit: PageLimit
  /// Where the page before ended.
  public let after: PlanCursor?

  /// Asks for a page; the first one when no cursor is given.
  public init(
    _ filter: PlanFilter = PlanFilter(), order: PageOrder = .newestFirst,
    limit: PageLimit = .standard, after: PlanCursor? = nil
  ) {
    self.filter = filter
    self.order = order
    self.limit = limit
    self.after = after
  }
}

/// How many plans are in each status.
public struct StatusCounts: Hashable, Sendable {
  private let counts: [PlanStatus: Int]

  /// Keeps these counts; a status without one counts zero.
  public init(_ counts: [PlanStatus: Int]) { self.counts = counts.filter { $0.value != 0 } }

  /// The number of plans in this status.
  public subscript(status: PlanStatus) -> Int { counts[status] ?? 0 }

  /// The number of plans in all statuses.
  public var total: Int { counts.values.reduce(0, +) }
}

extension StatusCounts: Sequence {
  /// A status, and the number of plans in it.
  public typealias Element = (status: PlanStatus, count: Int)

  /// Iterates over the statuses that have plans, in the order of statuses.
  public func makeIterator() -> IndexingIterator<[Element]> {
    PlanStatus.allCases.compactMap { status in
      counts[status].map { (status: status, count: $0) }
    }.makeIterator()
  }
}
