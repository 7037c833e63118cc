public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Removes whole trees whose root was final before this time, the oldest first, with their
  /// events; how many plans that was.
  ///
  /// Stops after the tree with which `limit` plans are reached: call again until it gives zero.
  /// Throws `outOfRange` for a limit below one.
  public func purge(endedBefore time: Timestamp, limit: Int) throws -> Int {
    try command {
      guard limit > 0 else {
        throw PlanError.outOfRange(field: "limit", reason: "must be at least 1")
      }
      var removed = 0
      while removed < limit {
        let found = try session.finalRoots(endedBefore: time, limit: 1, excluding: [])
        // A root that cannot be read any more is final by its list, and goes like the others.
        guard let root = found.plans.first?.id ?? found.unreadable.first?.id else { break }
        removed += try session.removeTree(root)
        changes.noteWrite()
      }
      return removed
    }
  }
}
