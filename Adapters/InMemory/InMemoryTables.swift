import PlanDomain
import PlanStorage

/// The contents of an in-memory store and the ordered lists that answer its reads.
///
/// Accessible only under the store's lock. `index(_:before:after:)` updates the lists that depend
/// on a plan's status, due time or slot.
final class InMemoryTables {
  var plans = PlanTable()
  var actions: [ActionName: ActionEntry] = [:]
  var actionsByNumber = SortedMap<Int64, ActionEntry>()
  var actionsByNamespace: [String: SortedMap<Int64, ActionEntry>] = [:]
  var lastActionNumber: Int64 = 0
  var uses: [UseKey: PlanEntry] = [:]
  let all = GroupLists()
  var namespaces: [String: GroupLists] = [:]
  var projects: [ProjectName: GroupLists] = [:]
  var labels: [Plan.Label: GroupLists] = [:]
  var trees: [Plan.ID: GroupLists] = [:]
  var ready: [ActorName: SortedMap<TimedID, PlanEntry>] = [:]
  var leases = SortedMap<TimedID, PlanEntry>()
  var finalRoots = SortedMap<TimedID, PlanEntry>()
  var feed = SortedMap<Int64, PlanEntry>()
  var lastPosition: Int64 = 0
  /// The number of removed trees, and the highest position of an event removed with them.
  var purges = (count: 0 as Int64, position: 0 as Int64)
  private(set) var journal: [Change] = []

  /// One change of the running unit of work, kept so that it can be rolled back.
  enum Change {
    case insertedPlan(PlanEntry)
    case savedPlan(PlanEntry, before: Plan)
    case appendedEvent(PlanEntry)
    case removedPlans([PlanEntry], purgesBefore: (count: Int64, position: Int64))
    case insertedAction(ActionEntry)
    case savedAction(ActionEntry, before: Action)
  }

  func note(_ change: Change) { journal.append(change) }

  /// Commits the unit of work.
  func commit() { journal.removeAll(keepingCapacity: true) }

  /// Rolls the unit of work back, the latest change first.
  func rollBack() {
    for change in journal.reversed() {
      switch change {
      case .insertedPlan(let entry): detach(entry)
      case .savedPlan(let entry, let before):
        if let slot = plans.slot(of: entry.plan.id) {
          replace(entry, at: slot, with: before)
        }
      case .appendedEvent(let entry):
        // No reader has seen this position, so the next event may use it.
        if let last = entry.events.popLast() {
          removeFromFeed(last)
          lastPosition = last.position - 1
        }
      case .removedPlans(let entries, let before):
        purges = before
        for entry in entries {
          attach(entry)
          for event in entry.events { insertIntoFeed(event, of: entry) }
        }
      case .insertedAction(let entry):
        detach(entry)
        lastActionNumber = entry.number - 1
      case .savedAction(let entry, let before): entry.action = before
      }
    }
    commit()
  }
}

extension InMemoryTables {
  /// Adds a plan to all its lists.
  func attach(_ entry: PlanEntry) {
    let definition = entry.plan.definition
    entry.scopes = scopes(of: entry.plan)
    plans.insert(entry)
    if let key = definition.idempotencyKey {
      uses[UseKey(action: definition.action.name, key: key)] = entry
    }
    if let position = definition.position { join(entry, position) }
    index(entry, before: nil, after: entry.plan)
  }

  /// Removes a plan from all its lists.
  func detach(_ entry: PlanEntry) {
    let definition = entry.plan.definition
    index(entry, before: entry.plan, after: nil)
    if let position = definition.position { leave(entry, position) }
    if let key = definition.idempotencyKey {
      uses[UseKey(action: definition.action.name, key: key)] = nil
    }
    for project in definition.projects where projects[project.name]?.isEmpty == true {
      projects[project.name] = nil
    }
    for (key, value) in definition.labels where labels[Plan.Label(key, value)]?.isEmpty == true {
      labels[Plan.Label(key, value)] = nil
    }
    trees[definition.id] = nil
    plans.remove(definition.id)
    entry.scopes = []
  }

  /// Replaces a plan with another version; `slot` is the result of `plans.slot(of:)`.
  func replace(_ entry: PlanEntry, at slot: Int, with plan: Plan) {
    let before = entry.plan
    entry.plan = plan
    plans.replace(at: slot, with: plan)
    index(entry, before: before, after: plan)
  }

  /// Updates the ordered lists for an insertion (`before` is nil), a change or a removal of a plan.
  private func index(_ entry: PlanEntry, before: Plan?, after: Plan?) {
    let id = entry.plan.id
    let (from, to) = (
      before.map { StatusGroup($0.status) }, after.map { StatusGroup($0.status) }
    )
    if from != to {
      for scope in entry.scopes {
        if let from { scope.remove(id, from) }
        if let to { scope.insert(entry, to) }
      }
    }
    indexDue(
      entry, before: before.flatMap { DuePosition(of: $0) },
      after: after.flatMap { DuePosition(of: $0) })
    indexStartable(entry, before: before, after: after)
  }

  private func indexDue(_ entry: PlanEntry, before: DuePosition?, after: DuePosition?) {
    if before == after { return }
    if let before {
      let key = TimedID(time: before.time, id: entry.plan.id)
      switch before.list {
      case .ready(let actor):
        ready[actor]?.remove(key)
        if ready[actor]?.isEmpty == true { ready[actor] = nil }
      case .leases: leases.remove(key)
      case .finalRoots: finalRoots.remove(key)
      }
    }
    if let after {
      let key = TimedID(time: after.time, id: entry.plan.id)
      switch after.list {
      case .ready(let actor): ready[actor, default: SortedMap()].insert(key, entry)
      case .leases: leases.insert(key, entry)
      case .finalRoots: finalRoots.insert(key, entry)
      }
    }
  }

  private func indexStartable(_ entry: PlanEntry, before: Plan?, after: Plan?) {
    guard let position = entry.plan.definition.position,
      (before?.isStartable ?? false) != (after?.isStartable ?? false),
      let family = plans.entry(position.parent)?.family
    else { return }
    if after?.isStartable == true {
      family.rounds[position.round]?.startable.insert(position.index, entry)
    } else {
      family.rounds[position.round]?.startable.remove(position.index)
    }
  }
}
