/// The conditions of an action query; an action must meet all that are set.
public struct ActionFilter: Hashable, Sendable {
  /// The namespace.
  package let namespace: String?
  /// The state.
  package let state: Action.State?
  /// A tag of the action.
  package let tag: Action.Tag?
  /// The range of the time of creation.
  package let created: Range<Timestamp>?
  /// The range of the time of the last change.
  package let updated: Range<Timestamp>?

  /// Creates a filter; conditions that are nil do not restrict.
  public init(
    namespace: String? = nil, state: Action.State? = nil, tag: Action.Tag? = nil,
    created: Range<Timestamp>? = nil, updated: Range<Timestamp>? = nil
  ) {
    self.namespace = namespace
    self.state = state
    self.tag = tag
    self.created = created
    self.updated = updated
  }
}

/// A query for one page of actions, in order of creation.
public struct ActionQuery: Hashable, Sendable {
  /// The conditions.
  public let filter: ActionFilter
  /// The order of the rows.
  public let order: PageOrder
  /// The maximum number of rows.
  public let limit: PageLimit
  /// The end of the previous page; nil for the first page.
  public let after: ActionCursor?

  /// Creates a query; for the first page when `after` is nil.
  public init(
    _ filter: ActionFilter = ActionFilter(), order: PageOrder = .newestFirst,
    limit: PageLimit = .standard, after: ActionCursor? = nil
  ) {
    self.filter = filter
    self.order = order
    self.limit = limit
    self.after = after
  }
}
