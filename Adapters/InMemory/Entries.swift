import PlanDomain
import PlanStorage

/// A stored plan: its values, its history, and the lists that it stands in.
final class PlanEntry {
  var plan: Plan
  var events: [RecordedEvent] = []
  /// The lists of its scopes; most plans of an action share one array.
  var scopes: [GroupLists] = []
  /// Its children, once it has some.
  var family: Family?

  init(_ plan: Plan) { self.plan = plan }
}

/// A stored action and the lists of its plans.
final class ActionEntry {
  var action: Action
  /// The place in the order of creation.
  let number: Int64
  /// The scopes of a plan that has neither projects nor relatives.
  let scopes: [GroupLists]

  init(_ action: Action, number: Int64, scopes: [GroupLists]) {
    self.action = action
    self.number = number
    self.scopes = scopes
  }
}

/// The plans of one scope in order of creation, by group of statuses.
final class GroupLists {
  private var lists = [SortedMap<Plan.ID, PlanEntry>](
    repeating: SortedMap(), count: StatusGroup.allCases.count)

  subscript(group: StatusGroup) -> SortedMap<Plan.ID, PlanEntry> { lists[Int(group.rawValue)] }

  var isEmpty: Bool { lists.allSatisfy(\.isEmpty) }

  func insert(_ entry: PlanEntry, _ group: StatusGroup) {
    lists[Int(group.rawValue)].insert(entry.plan.id, entry)
  }
  func remove(_ id: Plan.ID, _ group: StatusGroup) { lists[Int(group.rawValue)].remove(id) }
}

/// The children of one plan, round by round.
final class Family {
  let children = GroupLists()
  var rounds: [Int: Round] = [:]

  /// The children of one spawn.
  struct Round {
    /// In spawn order.
    var children: [PlanEntry] = []
    var byKey: [Key: PlanEntry] = [:]
    var dependents: [Key: [PlanEntry]] = [:]
    /// Those that only lack a slot, by position in spawn order.
    var startable = SortedMap<Int, PlanEntry>()

    /// Where in spawn order this position is, or would be.
    func offset(of index: Int) -> (offset: Int, isTaken: Bool) {
      var (low, high) = (0, children.count)
      while low < high {
        let middle = (low + high) / 2
        if children[middle].index < index { low = middle + 1 } else { high = middle }
      }
      return (low, low < children.count && children[low].index == index)
    }
  }
}

extension PlanEntry {
  /// The position in spawn order.
  var index: Int { plan.definition.position?.index ?? 0 }
}

/// A plan at a moment: first by time, then by id.
struct TimedID: Comparable {
  let time: Timestamp
  let id: Plan.ID

  static func < (a: TimedID, b: TimedID) -> Bool {
    a.time != b.time ? a.time < b.time : a.id < b.id
  }
}

/// An idempotency key of an action.
struct UseKey: Hashable {
  let action: ActionName
  let key: Key
}
