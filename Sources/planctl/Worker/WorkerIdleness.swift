import Planwright

/// Finds out when a worker has nothing more to do.
struct WorkerIdleness: Sendable {
  /// How often the store is looked at.
  private static let interval = Duration.milliseconds(200)

  let programs: WorkerPrograms
  let folders: WorkFolders
  let now: @Sendable () -> Timestamp

  /// Waits until no plan of the worker's actors is being processed, ready, or waits for its next
  /// attempt; returns the actors with ready plans that the worker does not serve.
  ///
  /// A plan whose start lies in the future is not waited for, and neither is one of a tree that
  /// another process has for itself. Also returns when the task is cancelled.
  func wait(for system: PlanSystem, _ display: WorkerDisplay) async throws -> [ActorName] {
    var idle = 0
    var unserved: Set<ActorName> = []
    // Twice: a plan is queued for an instant between two looks of the worker.
    while idle < 2, !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      guard display.running.isEmpty else {
        idle = 0
        continue
      }
      let found = try await system.plans.read { try look(at: $0) }
      unserved = found.unserved
      idle = found.hasWork ? 0 : idle + 1
    }
    return unserved.sorted()
  }

  private func look(
    at snapshot: borrowing PlanSnapshot
  ) throws -> (hasWork: Bool, unserved: Set<ActorName>) {
    let now = now()
    let actors = programs.actors
    var unserved: Set<ActorName> = []
    for state in [PlanState.processing, .queued] {
      var after: PlanCursor?
      repeat {
        let page = try snapshot.plans(
          matching: PlanQuery(
            PlanFilter(state: state), order: .oldestFirst, limit: .largest, after: after))
        for plan in page.rows where isWork(plan, now) {
          if actors.contains(plan.actor) {
            if folders.canShare(root: plan.definition.root.description) { return (true, []) }
          } else if state == .queued {
            unserved.insert(plan.actor)
          }
        }
        after = page.next
      } while after != nil
    }
    return (false, unserved)
  }

  private func isWork(_ plan: Plan, _ now: Timestamp) -> Bool {
    guard plan.status.state == .queued else { return true }
    guard let readyAt = plan.progress.readyAt else { return false }
    return readyAt <= now || plan.progress.failure != nil
  }
}
