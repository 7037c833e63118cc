public import PlanDomain
import PlanStorage

extension PlanTransaction {
  /// Removes whole trees, with their events, whose root became final before `time`; oldest first.
  ///
  /// Trees of all actions: it has no filter. No event tells of it. Returns the number of removed plans. Stops after the tree with which at least `limit` plans
  /// are removed: call it again until it returns zero. A small limit keeps each unit of work short.
  /// A worker does the same with the `keepFinished` of its ``WorkerOptions``.
  ///
  /// ```swift
  /// while try await system.plans.write({ try $0.purge(endedBefore: time, limit: 100) }) > 0 {}
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` if `limit` is below one; ``StorageError`` if the store
  ///   fails.
  public func purge(endedBefore time: Timestamp, limit: Int) throws -> Int {
    try command {
      guard limit > 0 else {
        throw PlanError.outOfRange(field: "limit", reason: "must be at least 1")
      }
      var removed = 0
      while removed < limit {
        let found = try session.finalRoots(endedBefore: time, limit: 1, excluding: [])
        // The due list contains only final roots, so an unreadable root is removed as well.
        guard let root = found.plans.first?.id ?? found.unreadable.first?.id else { break }
        removed += try session.removeTree(root)
        changes.noteRemoval()
      }
      return removed
    }
  }
}
