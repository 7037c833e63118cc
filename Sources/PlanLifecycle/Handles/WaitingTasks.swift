import PlanDomain
import PlanStorage

/// The waiting tasks of one service, and what is to be checked for them.
///
/// A plain value: `PlanWaiters` locks it, reads the plans and resumes the tasks.
struct WaitingTasks: Sendable {
  /// What became of the plans of one task.
  typealias Outcomes = [Plan.ID: Result<Plan, PlanError>]

  /// One waiting task.
  struct Waiter: Sendable {
    let goal: WaitGoal
    /// Whether the task waits for all of its plans, or for the first one.
    let needsAll: Bool
    /// The plans without an outcome.
    var missing: Set<Plan.ID>
    /// The plans that are known to have been stored.
    var found: Set<Plan.ID>
    var outcomes: Outcomes = [:]
    let continuation: CheckedContinuation<Outcomes, any Error>
  }

  /// A task that no longer waits.
  struct Ended: Sendable {
    let continuation: CheckedContinuation<Outcomes, any Error>
    let result: Result<Outcomes, any Error>

    func resume() { continuation.resume(with: result) }
  }

  /// A plan as the store has it now; nil when it is not stored.
  typealias Reading = (id: Plan.ID, plan: Result<Plan?, any Error>)

  private var waiters: [Int: Waiter] = [:]
  private var byPlan: [Plan.ID: Set<Int>] = [:]
  private var unchecked: Set<Plan.ID> = []
  /// The times at which plans must be checked without a notification.
  private var checkTimes: [Plan.ID: Timestamp] = [:]

  var count: Int { waiters.count }
  var hasUnchecked: Bool { !unchecked.isEmpty }
  var nextCheck: Timestamp? { checkTimes.values.min() }

  /// Adds a task, all of whose plans must be checked.
  mutating func insert(_ waiter: Waiter, as number: Int) {
    waiters[number] = waiter
    for plan in waiter.missing { byPlan[plan, default: []].insert(number) }
    unchecked.formUnion(waiter.missing)
  }

  /// Removes a task; returns nil when it no longer waits.
  mutating func remove(_ number: Int) -> Waiter? {
    guard let waiter = waiters.removeValue(forKey: number) else { return nil }
    for plan in waiter.missing { unlink(plan, number) }
    return waiter
  }

  /// Removes all tasks.
  mutating func removeAll() -> [Waiter] {
    defer { self = WaitingTasks() }
    return Array(waiters.values)
  }

  private mutating func unlink(_ plan: Plan.ID, _ number: Int) {
    byPlan[plan]?.remove(number)
    guard byPlan[plan]?.isEmpty == true else { return }
    byPlan[plan] = nil
    unchecked.remove(plan)
    checkTimes[plan] = nil
  }

  /// Marks the plans that a commit may have brought to a goal; returns whether there are any.
  mutating func note(_ notification: CommitNotification) -> Bool {
    guard let changed = notification.changedPlans, !notification.removesPlans else {
      return (notification.hasEvents || notification.removesPlans) && markAll()
    }
    var hasMarked = false
    for change in changed {
      guard let numbers = byPlan[change.plan],
        numbers.contains(where: { waiters[$0]?.goal.isAffected(by: change.status) == true })
      else { continue }
      unchecked.insert(change.plan)
      hasMarked = true
    }
    return hasMarked
  }

  /// Marks all plans; returns whether there are any.
  @discardableResult
  mutating func markAll() -> Bool {
    unchecked.formUnion(byPlan.keys)
    return !byPlan.isEmpty
  }

  /// Marks the plans that must be checked at this time.
  mutating func markDue(at now: Timestamp) {
    for (plan, time) in checkTimes where time <= now { unchecked.insert(plan) }
  }

  /// Takes marked plans to check now, at most `limit`.
  mutating func takeUnchecked(limit: Int) -> [Plan.ID] {
    let plans = Array(unchecked.prefix(limit))
    unchecked.subtract(plans)
    for plan in plans { checkTimes[plan] = nil }
    return plans
  }

  /// Applies what was read; returns the tasks that end.
  ///
  /// Plans whose reading failed for a temporary reason are checked again at `retryAt`; those of a
  /// suspended store are marked again when it is resumed.
  mutating func apply(
    _ readings: [Reading], at now: Timestamp, retryAt: Timestamp
  ) -> [Ended] {
    var ended: [Ended] = []
    for (id, plan) in readings {
      if case .failure(let error as StorageError) = plan, error.isRetryable {
        if !error.isSuspension { checkAgain(id, at: retryAt) }
        continue
      }
      for number in byPlan[id] ?? [] {
        do {
          if let outcome = outcome(of: id, try plan.get(), for: number, at: now),
            let task = settle(id, as: outcome, for: number)
          {
            ended.append(task)
          }
        } catch {
          guard let waiter = remove(number) else { continue }
          ended.append(Ended(continuation: waiter.continuation, result: .failure(error)))
        }
      }
    }
    return ended
  }

  private mutating func checkAgain(_ plan: Plan.ID, at time: Timestamp) {
    guard byPlan[plan] != nil else { return }
    checkTimes[plan] = min(time, checkTimes[plan] ?? time)
  }

  /// Returns the outcome of a plan for one task; nil while it must wait.
  private mutating func outcome(
    of id: Plan.ID, _ plan: Plan?, for number: Int, at now: Timestamp
  ) -> Result<Plan, PlanError>? {
    guard let waiter = waiters[number] else { return nil }
    guard let plan else {
      return .failure(waiter.found.contains(id) ? .planPurged(id) : .planNotFound(id))
    }
    switch waiter.goal.progress(of: plan, at: now) {
    case .reached: return .success(plan)
    case .failed(let error): return .failure(error)
    case .open(let until):
      waiters[number]?.found.insert(id)
      if let until { checkAgain(id, at: until) }
      return nil
    }
  }

  /// Stores the outcome of a plan; returns the task if it ends with it.
  private mutating func settle(
    _ id: Plan.ID, as outcome: Result<Plan, PlanError>, for number: Int
  ) -> Ended? {
    waiters[number]?.outcomes[id] = outcome
    waiters[number]?.missing.remove(id)
    unlink(id, number)
    guard let waiter = waiters[number], !waiter.needsAll || waiter.missing.isEmpty else {
      return nil
    }
    _ = remove(number)
    return Ended(continuation: waiter.continuation, result: .success(waiter.outcomes))
  }
}
