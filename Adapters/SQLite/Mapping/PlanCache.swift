import PlanDomain

/// The latest event of a plan.
struct LatestEvent {
  /// Of a plan without events.
  static let none = LatestEvent(sequence: 0, position: nil)

  let sequence: Int
  let position: Int64?
}

/// A cache of plans that the writer's connection read or wrote, so that transitions need no reads.
///
/// Valid because one connection makes all writes of a process. Emptied when a transaction is rolled
/// back and when another process has written. Limited in bytes.
struct PlanCache {
  /// A cached plan with its row.
  struct Row {
    /// The number of the row.
    let number: Int64
    var plan: Plan
    /// The plan's latest event; nil when it has not been read.
    var latestEvent: LatestEvent?
    /// The size of the plan's texts, in bytes.
    var weight: Int
  }

  /// The maximum size of the cache, in estimated bytes.
  static let mostBytes = 4_000_000
  /// The estimated size of a plan without its texts, in bytes.
  private static let ownBytes = 1_000

  private var rows: [Plan.ID: Row] = [:]
  private var bytes = 0
  /// The position of the latest event of all plans, 0 without events; nil when it is not known.
  var lastPosition: Int64?

  subscript(id: Plan.ID) -> Row? { rows[id] }

  /// Adds or replaces a plan that was read or written.
  mutating func note(_ row: Row) {
    let bytes = row.weight + Self.ownBytes
    guard bytes <= Self.mostBytes / 8 else { return forget(row.plan.id) }
    if self.bytes + bytes > Self.mostBytes { self = PlanCache() }
    self.bytes += bytes
    if let before = rows.updateValue(row, forKey: row.plan.id) {
      self.bytes -= before.weight + Self.ownBytes
    }
  }

  /// Records the latest event of a plan, if the cache holds the plan.
  mutating func note(_ latestEvent: LatestEvent, of id: Plan.ID) {
    rows[id]?.latestEvent = latestEvent
  }

  /// Adds to the size of a plan's texts, if the cache holds the plan.
  mutating func add(_ weight: Int, to id: Plan.ID) {
    guard var row = rows[id] else { return }
    row.weight += weight
    note(row)
  }

  private mutating func forget(_ id: Plan.ID) {
    if let row = rows.removeValue(forKey: id) { bytes -= row.weight + Self.ownBytes }
  }
}
