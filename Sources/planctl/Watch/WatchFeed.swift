import Planwright

/// Reads what `watch` shows: the trees at first, and then what has changed.
struct WatchFeed: Sendable {
  /// How many trees, and with how many plans, are read when no plan is named.
  static let (largestTreeCount, largestPlanCount) = (500, 20_000)
  /// How many running plans are read anew to see the age of their leases.
  private static let largestLeaseCount = 200
  /// How long a tree that has ended stays among others.
  private static let retention = Duration.seconds(30)

  private let plans: PlanLifecycleService
  /// The plan to watch, with its descendants; nil for all trees that are not settled.
  private let reference: PlanReference?
  private var cursor = EventCursor.start
  private var newEvents: NewEvents?
  private(set) var trees = WatchedTrees()
  /// Whether there are trees that are not in `trees`, because there are too many.
  private(set) var hasMore = false

  init(_ plans: PlanLifecycleService, _ reference: PlanReference?) {
    self.plans = plans
    self.reference = reference
  }

  /// Reads the trees; throws `CommandError` when the plan does not exist.
  mutating func load() async throws {
    let loaded = try await plans.readRepeatedly { [reference] snapshot in
      let cursor = try snapshot.latestCursor()
      if let reference {
        let top = try reference.find(in: snapshot)
        var trees = WatchedTrees(top: top.id)
        for plan in try snapshot.tree(top.definition.root) { trees.update(plan) }
        return (trees, false, cursor)
      }
      let (trees, hasMore) = try Self.unsettledTrees(snapshot)
      return (trees, hasMore, cursor)
    }
    (trees, hasMore, cursor) = loaded
    newEvents = NewEvents(of: plans, after: cursor)
  }

  /// The oldest trees whose roots are not settled, and whether there may be more.
  private static func unsettledTrees(
    _ snapshot: borrowing PlanSnapshot
  ) throws -> (WatchedTrees, hasMore: Bool) {
    let statuses = Set(PlanStatus.allCases.filter { !$0.isSettled })
    var (trees, count) = (WatchedTrees(), 0)
    var after: PlanCursor?
    repeat {
      let page = try snapshot.plans(
        matching: PlanQuery(
          PlanFilter(statuses: statuses), order: .oldestFirst, limit: .largest, after: after))
      for plan in page.rows where plan.definition.position == nil {
        guard count < largestTreeCount, trees.counts.total < largestPlanCount else {
          return (trees, true)
        }
        for member in try snapshot.tree(plan.id) { trees.update(member) }
        count += 1
      }
      after = page.next
    } while after != nil
    return (trees, false)
  }

  /// Whether nothing moves without an operator; reads the trees for which there was no room before.
  mutating func hasSettled() async throws -> Bool {
    guard trees.standStill else { return false }
    // Events that were not read yet can be those of the next plan that moves.
    let latest = try await plans.readRepeatedly { try $0.latestCursor() }
    guard latest <= cursor else { return false }
    guard hasMore else { return true }
    try await load()
    return trees.standStill
  }

  /// Reads the next page of events, if there may be one, with the plans that they changed.
  ///
  /// Returns the events of the trees.
  /// Throws `CommandError` when the plan that is watched was removed, and `StorageError`.
  mutating func advance() async throws -> [PlanEvent] {
    guard newEvents?.take() ?? true else { return [] }
    let page: [RecordedEvent]
    do {
      page = try await plans.readRepeatedly { [cursor] in try $0.events(after: cursor) }
    } catch let error as PlanError where error.resumeAt != nil {
      // Trees were purged, and events may be missing: begin anew with what is there.
      try await load()
      return []
    }
    guard let last = page.last else { return [] }
    cursor = last.cursor
    // There may be another page.
    newEvents?.raise()
    let latest = page.reduce(into: [:]) { $0[$1.event.plan] = $1.event }
    let created = Set(page.lazy.filter { $0.event.sequence == 1 }.map(\.event.plan))
    // Parents are created before their children.
    let changed = latest.keys.filter { trees.contains($0) || created.contains($0) }.sorted()
    guard !changed.isEmpty else { return [] }
    let found = try await plans.readRepeatedly { snapshot in
      try changed.compactMap { id in try Self.plan(id, in: snapshot) }
    }
    for plan in found { add(plan, since: latest[plan.id]) }
    return page.map(\.event).filter { trees.contains($0.plan) }
  }

  private mutating func add(_ plan: Plan, since event: PlanEvent?) {
    let isRoot = plan.definition.position == nil && !trees.contains(plan.id)
    if isRoot {
      guard reference == nil else { return }
      guard trees.counts.total < Self.largestPlanCount else { return hasMore = true }
    }
    trees.update(plan, since: event?.sequence == plan.version ? event?.at : nil)
  }

  /// Reads running plans anew: the renewal of a lease is not an event.
  ///
  /// Throws `CommandError` when the plan that is watched was removed, and `StorageError`.
  mutating func refresh(at now: Timestamp) async throws {
    if reference == nil { forgetEndedTrees(at: now) }
    let running = trees.entries.filter { $0.plan.status.state == .processing }
      .prefix(Self.largestLeaseCount).map { (id: $0.plan.id, needsTime: $0.since == nil) }
    let top = trees.entries.first?.plan.id
    let found = try await plans.readRepeatedly { [reference] snapshot in
      if reference != nil, let top, try Self.plan(top, in: snapshot) == nil {
        throw CommandError(
          .notFound, "plan \(top) was removed from the store while it was watched")
      }
      return try running.compactMap { id, needsTime -> (Plan, Timestamp?)? in
        guard let plan = try Self.plan(id, in: snapshot) else { return nil }
        let latest =
          needsTime ? try snapshot.events(of: id, after: plan.version - 1).last : nil
        return (plan, latest?.at)
      }
    }
    for (plan, since) in found { trees.update(plan, since: since) }
  }

  private mutating func forgetEndedTrees(at now: Timestamp) {
    let ended = trees.roots.filter {
      $0.status.isSettled && now.since($0.progress.updatedAt) > Self.retention
    }
    // The last picture stays when everything has ended.
    guard !ended.isEmpty, !trees.areSettled else { return }
    let ids = Set(ended.map(\.id))
    trees.removeTrees { ids.contains($0.id) }
  }

  /// The plan; nil when it was purged.
  private static func plan(
    _ id: Plan.ID, in snapshot: borrowing PlanSnapshot
  ) throws -> Plan? {
    do { return try snapshot.plan(id) } catch let error as PlanError
      where error.code == .planNotFound
    { return nil }
  }
}
