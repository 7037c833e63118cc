import PlanDomain
import PlanStorage

/// The plans of several actions in the order of their ids, merged from the lists of the actions.
///
/// A list holds the plans of one action in one group of statuses. Finding the lists that have a
/// plan after the cursor takes one lookup for each; after that, rows are read in small parts, and only
/// from the lists that the page needs. So the cost of a page depends on the number of actions, and
/// not on the number of plans.
struct ListMerge {
  /// A plan in a list.
  typealias Entry = (id: ULID, number: Int64)

  /// A list from which rows are read.
  private struct List {
    let action: Int64
    let group: Int64
    /// The id of the next row.
    var next: ULID
    /// The last row read, after which the next part starts; nil before the first part.
    var last: ULID?
    /// The rows that were read and not returned, the next one last.
    var rows: [Entry] = []
    /// The number of rows in the next part.
    var part: Int
  }

  private let connection: SQLiteConnection
  private let newestFirst: Bool
  private let after: ULID?
  /// A binary heap: no list comes before the one at half its index.
  private var lists: [List] = []

  /// Finds the lists of a namespace's actions, or of all actions, with a plan after the cursor.
  ///
  /// `count` is the number of rows that a page usually takes.
  init(
    _ groups: Set<StatusGroup>, ofNamespace namespace: Int64?, after: ULID?, newestFirst: Bool,
    expecting count: Int, on connection: SQLiteConnection
  ) throws(StorageError) {
    self.connection = connection
    self.newestFirst = newestFirst
    self.after = after
    var query = try connection.query(
      namespace == nil
        ? (newestFirst ? .listsNewest : .listsOldest)
        : (newestFirst ? .listsOfNamespaceNewest : .listsOfNamespaceOldest))
    query.bind(start: after, newestFirst: newestFirst)
    query.bind(groups.reduce(0 as Int64) { $0 | 1 << Int64($1.rawValue) })
    query.bind(namespace ?? 0)
    while try query.next() {
      let (action, group) = (query.integer(), query.integer())
      guard let first = query.optionalID() else { continue }
      lists.append(List(action: action, group: group, next: first, part: 0))
    }
    let part = count / max(1, lists.count) + 1
    for index in lists.indices { lists[index].part = part }
    for index in lists.indices.reversed() { sink(index) }
  }

  /// Returns the next plan; nil after the last one.
  mutating func next() throws(StorageError) -> Entry? {
    guard !lists.isEmpty else { return nil }
    if lists[0].rows.isEmpty { try readPart() }
    let entry = lists[0].rows.removeLast()
    if lists[0].rows.isEmpty { try readPart() }
    if let following = lists[0].rows.last {
      lists[0].next = following.id
    } else {
      lists.swapAt(0, lists.count - 1)
      lists.removeLast()
    }
    if !lists.isEmpty { sink(0) }
    return entry
  }

  /// Reads the next part of the first list.
  private mutating func readPart() throws(StorageError) {
    let list = lists[0]
    var query = try connection.query(newestFirst ? .listNewest : .listOldest)
    query.bind(list.action)
    query.bind(list.group)
    query.bind(start: list.last ?? after, newestFirst: newestFirst)
    query.bind(list.part)
    var rows: [Entry] = []
    while try query.next() { rows.append((try query.id("id"), query.integer())) }
    // The first row was found by the query for the lists, in the same snapshot.
    guard !rows.isEmpty || list.last != nil else { throw query.damage("id") }
    lists[0].last = rows.last?.id ?? list.last
    lists[0].rows = rows.reversed()
    lists[0].part *= 2
  }

  /// Moves a list behind those that come before it.
  private mutating func sink(_ index: Int) {
    var index = index
    while true {
      var first = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < lists.count && comes(lists[child].next, before: lists[first].next) {
        first = child
      }
      guard first != index else { return }
      lists.swapAt(index, first)
      index = first
    }
  }

  private func comes(_ a: ULID, before b: ULID) -> Bool { newestFirst ? a > b : a < b }
}

extension StatementRun {
  /// Binds the id after which a page starts.
  mutating func bind(start: ULID?, newestFirst: Bool) {
    if let start { bind(start) } else { bindEnd(isAfterAll: newestFirst) }
  }
}
