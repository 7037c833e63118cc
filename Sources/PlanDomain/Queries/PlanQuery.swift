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

/// Which plans a query asks for: those that match everything that is set.
public struct PlanFilter: Hashable, Sendable {
  /// Those in one of these statuses.
  package let statuses: Set<PlanStatus>?
  /// Those of this action.
  package let action: ActionName?
  /// Those of all actions in this namespace.
  package let namespace: String?
  /// Those that work on this project.
  package let project: ProjectName?
  /// The children of this plan.
  package let parent: Plan.ID?
  /// The root and all its descendants.
  package let root: Plan.ID?
  /// Those created in this range of time.
  package let created: Range<Timestamp>?
  /// Those last changed in this range of time.
  package let updated: Range<Timestamp>?

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
