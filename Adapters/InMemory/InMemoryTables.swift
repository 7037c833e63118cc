import PlanDomain
import PlanStorage

/// Everything that is stored, and the ordered lists that answer every read.
///
/// Only reachable under the store's lock. All lists are kept by `index(_:before:after:)` alone.
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
  var trees: [Plan.ID: GroupLists] = [:]
  var ready: [ActorName: SortedMap<TimedID, PlanEntry>] = [:]
  var leases = SortedMap<TimedID, PlanEntry>()
  var finalRoots = SortedMap<TimedID, PlanEntry>()
  var feed = SortedMap<Int64, PlanEntry>()
  var lastPosition: Int64 = 0
  private(set) var journal: [Change] = []

  /// What a unit of work did, so that it can be taken back.
  enum Change {
    case insertedPlan(PlanEntry)
    case savedPlan(PlanEntry, before: Plan)
    case appendedEvent(PlanEntry)
    case removedPlans([PlanEntry])
    case insertedAction(ActionEntry)
    case savedAction(ActionEntry, before: Action)
  }

  func note(_ change: Change) { journal.append(change) }

  /// Keeps what the unit of work did.
  func commit() { journal.removeAll(keepingCapacity: true) }

  /// Takes back what the unit of work did, the latest first.
  func rollBack() {
    for change in journal.reversed() {
      switch change {
      case .insertedPlan(let entry): detach(entry)
      case .savedPlan(let entry, let before):
        if let slot = plans.slot(of: entry.plan.id) {
          replace(entry, at: slot, with: before)
        }
      case .appendedEvent(let entry):
        // Nobody saw the place: the next event gets it, as if this one had never been.
        if let last = entry.events.popLast() {
          removeFromFeed(last)
          lastPosition = last.cursor.position - 1
        }
      case .removedPlans(let entries):
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
  /// Puts a plan into every list that it belongs to.
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

  /// Takes a plan out of every list.
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
    trees[definition.id] = nil
    plans.remove(definition.id)
    entry.scopes = []
  }

  /// Puts another version of a plan in its place, which the caller has looked up.
  func replace(_ entry: PlanEntry, at slot: Int, with plan: Plan) {
    let before = entry.plan
    entry.plan = plan
    plans.replace(at: slot, with: plan)
    index(entry, before: before, after: plan)
  }

  /// Keeps every ordered list true to a plan that came, changed or went.
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
