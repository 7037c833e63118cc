import Planwright

/// Removes the trees of a store that ended long ago, and their work folders, when a run starts.
///
/// Does a bounded part of the work: the next run does the next one.
struct RunRetention: Sendable {
  /// How long the trees of the user's own store are kept.
  static let standard = Duration.seconds(30 * 86_400)
  /// The number of units of work of a start, each of about a hundred plans.
  private static let units = 10
  /// The number of folders that a start removes.
  private static let largestFolders = 200

  let system: PlanSystem
  let folders: WorkFolders
  let now: Timestamp

  /// Removes what ended longer ago than `keep`.
  func purge(keeping keep: Duration) async throws {
    let limit = now.adding(.zero - keep)
    for _ in 0..<Self.units {
      let removed = try await system.plans.write { transaction in
        try transaction.purge(endedBefore: limit, limit: 100)
      }
      if removed == 0 { break }
    }
    try await folders.removeGone(from: system, limit: Self.largestFolders)
  }
}
