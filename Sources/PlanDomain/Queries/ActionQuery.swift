/// Which actions a query asks for: those that match everything that is set.
public struct ActionFilter: Hashable, Sendable {
  /// Those in this namespace.
  package let namespace: String?
  /// Those in this state.
  package let state: Action.State?
  /// Those with this tag.
  package let tag: Action.Tag?
  /// Those created in this range of time.
  package let created: Range<Timestamp>?
  /// Those last changed in this range of time.
  package let updated: Range<Timestamp>?

  /// Asks for actions; what is not given does not restrict.
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

/// A question for one page of actions, in order of creation.
public struct ActionQuery: Hashable, Sendable {
  /// Which actions.
  public let filter: ActionFilter
  /// In which direction.
  public let order: PageOrder
  /// How many at most.
  public let limit: PageLimit
  /// Where the page before ended.
  public let after: ActionCursor?

  /// Asks for a page; the first one when no cursor is given.
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
