import PlanDomain

/// Plans as the writer's connection read or wrote them last, so that a transition of a plan that was
/// at hand just now reads nothing.
///
/// True because one connection does all the writing of a process. Forgotten when a transaction is
/// taken back, and when another process has written since. Bounded by what the texts weigh.
struct PlanCache {
  /// What a plan's row and its texts came to.
  struct Row {
    /// The number of the row.
    let number: Int64
    var plan: Plan
    /// The sequence of its latest event; nil while nobody has asked.
    var lastSequence: Int?
    /// The bytes of its texts.
    var weight: Int
  }

  /// How much may be kept, in bytes.
  static let mostBytes = 4_000_000
  /// What a plan weighs besides its texts.
  private static let ownBytes = 1_000

  private var rows: [Plan.ID: Row] = [:]
  private var bytes = 0

  subscript(id: Plan.ID) -> Row? { rows[id] }

  /// Keeps a plan that was read or written.
  mutating func note(_ row: Row) {
    let bytes = row.weight + Self.ownBytes
    guard bytes <= Self.mostBytes / 8 else { return forget(row.plan.id) }
    if self.bytes + bytes > Self.mostBytes { self = PlanCache() }
    self.bytes += bytes
    if let before = rows.updateValue(row, forKey: row.plan.id) {
      self.bytes -= before.weight + Self.ownBytes
    }
  }

  /// Keeps the sequence of the latest event of a plan that is known.
  mutating func note(lastSequence: Int, of id: Plan.ID) { rows[id]?.lastSequence = lastSequence }

  private mutating func forget(_ id: Plan.ID) {
    if let row = rows.removeValue(forKey: id) { bytes -= row.weight + Self.ownBytes }
  }
}
