import PlanDomain
import PlanStorage

/// A stored plan with its events and the lists that contain it.
final class PlanEntry {
  var plan: Plan
  var events: [StoredEvent] = []
  /// The lists of its scopes; most plans of an action share one array.
  var scopes: [GroupLists] = []
  /// The plan's children; nil until it has some.
  var family: Family?

  init(_ plan: Plan) { self.plan = plan }
}

/// A stored event and its position in the feed; smaller than a `RecordedEvent`, which has a cursor.
struct StoredEvent {
  let position: Int64
  let event: PlanEvent
}

/// A stored action with the lists that contain its plans.
final class ActionEntry {
  var action: Action
  /// The position of the action in the order of creation.
  let number: Int64
  /// The lists of a plan that has no projects, no parent and no children.
  let scopes: [GroupLists]

  init(_ action: Action, number: Int64, scopes: [GroupLists]) {
    self.action = action
    self.number = number
    self.scopes = scopes
  }
}

/// The plans of one scope: for each group of statuses, a list in order of creation.
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

/// The children of one plan, by round.
final class Family {
  let children = GroupLists()
  var rounds: [Int: Round] = [:]

  /// The children of one round.
  struct Round {
    /// In spawn order.
    var children: [PlanEntry] = []
    var byKey: [Key: PlanEntry] = [:]
    var dependents: [Key: [PlanEntry]] = [:]
    /// The children that lack only a slot, by index in spawn order.
    var startable = SortedMap<Int, PlanEntry>()

    /// Returns the offset in `children` of the child with this index, or at which to insert it.
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
  /// The child's index in spawn order; 0 for a root.
  var index: Int { plan.definition.position?.index ?? 0 }
}

/// The key of a due list, ordered by time, then by id.
struct TimedID: Comparable {
  let time: Timestamp
  let id: Plan.ID

  static func < (a: TimedID, b: TimedID) -> Bool {
    a.time != b.time ? a.time < b.time : a.id < b.id
  }
}

/// An idempotency key together with its action.
struct UseKey: Hashable {
  let action: ActionName
  let key: Key
}
