/// A set of plans for which a store keeps lists in order of creation, by group of statuses.
public enum PlanScope: Hashable, Sendable {
  /// All plans.
  case all
  /// The plans of all actions in this namespace.
  case namespace(String)
  /// The plans of one action.
  case action(ActionName)
  /// The plans that work on this project.
  case project(ProjectName)
  /// The plans that have this label.
  case label(Plan.Label)
  /// A root and all its descendants.
  case tree(Plan.ID)
  /// The children of one plan, in all rounds.
  case children(Plan.ID)
}

/// The conditions of a plan query; a plan must meet all that are set.
public struct PlanFilter: Hashable, Sendable {
  /// One of these statuses.
  package let statuses: Set<PlanStatus>?
  /// The action.
  package let action: ActionName?
  /// The namespace of the action.
  package let namespace: String?
  /// A project that the plan works on.
  package let project: ProjectName?
  /// A label that the plan has.
  package let label: Plan.Label?
  /// The parent.
  package let parent: Plan.ID?
  /// The root of the plan's tree, which the results include.
  package let root: Plan.ID?
  /// The range of the time of creation.
  package let created: Range<Timestamp>?
  /// The range of the time of the last change.
  package let updated: Range<Timestamp>?

  /// Creates a filter; conditions that are nil do not restrict.
  ///
  /// `statuses`, `phase` and `state` are combined: the status must meet all three.
  public init(
    statuses: Set<PlanStatus>? = nil, phase: PlanPhase? = nil, state: PlanState? = nil,
    action: ActionName? = nil, namespace: String? = nil, project: ProjectName? = nil,
    label: Plan.Label? = nil, parent: Plan.ID? = nil, root: Plan.ID? = nil,
    created: Range<Timestamp>? = nil,
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
    self.label = label
    self.parent = parent
    self.root = root
    self.created = created
    self.updated = updated
  }
}

/// A query for one page of plans, in order of creation.
///
/// ```swift
/// let query = PlanQuery(PlanFilter(state: .errored), order: .oldestFirst)
/// let page = try await system.plans.read { try $0.plans(matching: query) }
/// for plan in page.rows { print(plan.id, plan.status) }
/// ```
public struct PlanQuery: Hashable, Sendable {
  /// The conditions.
  public let filter: PlanFilter
  /// The order of the rows.
  public let order: PageOrder
  /// The maximum number of rows.
  public let limit: PageLimit
  /// The end of the previous page; nil for the first page.
  public let after: PlanCursor?

  /// Creates a query; for the first page when `after` is nil.
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

/// The number of plans in each status.
public struct StatusCounts: Hashable, Sendable {
  private let counts: [PlanStatus: Int]

  /// Creates counts; a missing status counts as zero.
  public init(_ counts: [PlanStatus: Int]) { self.counts = counts.filter { $0.value != 0 } }

  /// The number of plans in this status.
  public subscript(status: PlanStatus) -> Int { counts[status] ?? 0 }

  /// The number of plans in all statuses.
  public var total: Int { counts.values.reduce(0, +) }
}

extension StatusCounts: Sequence {
  /// A status and its number of plans.
  public typealias Element = (status: PlanStatus, count: Int)

  /// Iterates over the statuses that have plans, in the order of statuses.
  public func makeIterator() -> IndexingIterator<[Element]> {
    PlanStatus.allCases.compactMap { status in
      counts[status].map { (status: status, count: $0) }
    }.makeIterator()
  }
}
