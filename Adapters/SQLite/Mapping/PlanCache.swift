import PlanDomain

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
    /// The sequence of the plan's latest event; nil when it has not been read.
    var lastSequence: Int?
    /// The size of the plan's texts, in bytes.
    var weight: Int
  }

  /// The maximum size of the cache, in estimated bytes.
  static let mostBytes = 4_000_000
  /// The estimated size of a plan without its texts, in bytes.
  private static let ownBytes = 1_000

  private var rows: [Plan.ID: Row] = [:]
  private var bytes = 0

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

  /// Records the sequence of the latest event of a plan, if the cache holds the plan.
  mutating func note(lastSequence: Int, of id: Plan.ID) { rows[id]?.lastSequence = lastSequence }

  private mutating func forget(_ id: Plan.ID) {
    if let row = rows.removeValue(forKey: id) { bytes -= row.weight + Self.ownBytes }
  }
}
