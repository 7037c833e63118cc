import Planwright

extension WorkFolders {
  /// Removes the folders of trees that are no longer stored and that nobody uses.
  ///
  /// At most `limit` of them. Throws what reading the store throws; a folder that cannot be removed
  /// stays.
  func removeGone(from system: PlanSystem, limit: Int = .max) async throws {
    let roots = roots.compactMap { try? Plan.ID($0) }
    let gone = try await system.plans.read { snapshot in
      try roots.filter { root in
        do { _ = try snapshot.plan(root) } catch PlanError.Code.planNotFound { return true }
        return false
      }
    }
    for root in gone.prefix(limit).map(\.description) {
      guard let lock = try? lock(root: root) else { continue }
      withExtendedLifetime(lock) { _ = remove(root: root) }
    }
  }
}
