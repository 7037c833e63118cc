import Planwright

/// Trees of plans that are kept up to date, as `watch` shows them.
struct WatchedTrees: Sendable {
  /// A plan of a tree.
  struct Entry: Sendable {
    var plan: Plan
    /// The place of its parent in `entries`; nil for a root.
    let parent: Int?
    /// The time of its latest event; nil while that is not known.
    var since: Timestamp?
  }

  /// The plans, each after its parent.
  private(set) var entries: [Entry] = []
  private(set) var counts = GroupCounts()
  private var places: [Plan.ID: Int] = [:]
  /// The number of plans that ended in each of the latest seconds.
  private var endings: [Int64: Int] = [:]
  /// A plan that is shown like a root although it has a parent.
  private let top: Plan.ID?

  init(top: Plan.ID? = nil) { self.top = top }

  /// The period over which the throughput is measured, in seconds.
  static let throughputPeriod: Int64 = 60

  var roots: [Plan] { entries.filter { $0.parent == nil }.map(\.plan) }

  /// Whether no more automatic transition of a root follows.
  var areSettled: Bool { entries.allSatisfy { $0.parent != nil || $0.plan.status.isSettled } }

  /// Whether nothing follows without an operator: each root has settled, or no plan of its tree is
  /// being processed or queued for a worker.
  var standStill: Bool {
    let moving = Set(entries.lazy.filter(Self.moves).map(\.plan.definition.root))
    return entries.allSatisfy { entry in
      entry.parent != nil || entry.plan.status.isSettled
        || !moving.contains(entry.plan.definition.root)
    }
  }

  private static func moves(_ entry: Entry) -> Bool {
    switch entry.plan.status.state {
    case .processing: true
    // What a plan waits for is not known when its siblings are not watched.
    case .queued: !entry.plan.awaitsSlot || entry.parent == nil
    default: false
    }
  }

  /// The plans that wait for approval.
  var approvals: [Plan] { entries.map(\.plan).filter { $0.group == .waitsForApproval } }

  func contains(_ id: Plan.ID) -> Bool { places[id] != nil }

  subscript(id: Plan.ID) -> Entry? { places[id].map { entries[$0] } }

  /// Adds a plan, or takes its new status into account.
  ///
  /// A plan whose parent is not there is ignored. `since` is the time of its latest event, if known.
  mutating func update(_ plan: Plan, since: Timestamp? = nil) {
    if let place = places[plan.id] {
      let before = entries[place].plan
      guard before.version <= plan.version else { return }
      if plan.version > before.version { entries[place].since = nil }
      entries[place].plan = plan
      if let since { entries[place].since = since }
      counts[before.group] -= 1
      counts[plan.group] += 1
      if plan.hasEnded, !before.hasEnded { countEnding(at: plan.progress.updatedAt) }
      return
    }
    let parent = plan.id == top ? nil : plan.definition.position?.parent
    let place = parent.flatMap { places[$0] }
    guard (parent == nil) == (place == nil) else { return }
    guard top == nil || place != nil || plan.id == top else { return }
    places[plan.id] = entries.count
    entries.append(Entry(plan: plan, parent: place, since: since))
    counts[plan.group] += 1
  }

  /// Removes the trees whose roots meet the condition.
  mutating func removeTrees(where isRemoved: (Plan) -> Bool) {
    let removed = Set(roots.filter(isRemoved).map(\.id))
    guard !removed.isEmpty else { return }
    var kept = WatchedTrees()
    for entry in entries where !removed.contains(entry.plan.definition.root) {
      kept.update(entry.plan, since: entry.since)
    }
    kept.endings = endings
    self = kept
  }

  private mutating func countEnding(at time: Timestamp) {
    let second = time.microseconds / 1_000_000
    endings[second, default: 0] += 1
    if endings.count > 2 * Self.throughputPeriod {
      endings = endings.filter { $0.key > second - Self.throughputPeriod }
    }
  }

  /// The number of plans that ended in the minute before this time.
  func throughput(at now: Timestamp) -> Int {
    let oldest = now.microseconds / 1_000_000 - Self.throughputPeriod
    return endings.reduce(0) { $0 + ($1.key > oldest ? $1.value : 0) }
  }
}
