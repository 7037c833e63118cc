import PlanDomain
import PlanStorage

/// The claim of a plan for the slot of an assignment, in the unit of work that ends the assignment.
///
/// Safe to use from any thread.
final class NextClaim: Sendable {
  private struct State: Sendable {
    /// Whether the claim has begun and not returned.
    var isRunning = false
    var plan: Plan.ID?
    var assignment: Assignment?
    var insertion: InFlightAssignments.Insertion?
    var skipped: [PlanBatch.Skipped] = []
  }

  private let ending: LeaseToken
  private let run: WorkerRun
  private let state = Locked(State())

  /// Creates a claim for the slot of the assignment with this lease.
  init(after ending: LeaseToken, run: WorkerRun) {
    self.ending = ending
    self.run = run
  }

  /// Whether the claim threw an error, which is not one of the outcome.
  var hasFailed: Bool { state.withLock { $0.isRunning } }

  /// Claims the plan that has been ready longest, if there is one and the run may claim more.
  func claim(in transaction: borrowing PlanTransaction) throws {
    if run.isOver || run.inFlight.isExhausted { return }
    state.withLock { $0.isRunning = true }
    let skipped = try transaction.claimNext(for: run) { id in
      state.withLock { $0.plan = id }
    } claimed: { assignment in
      // Before the commit, as for other claims.
      let insertion = run.inFlight.insert(
        assignment.token, end: assignment.end, inSlotOf: ending)
      state.withLock { ($0.assignment, $0.insertion) = (assignment, insertion) }
      run.renewal.scheduleNext()
      run.timeouts.schedule(assignment.end)
    }
    state.withLock { state in
      state.skipped = skipped
      state.isRunning = false
    }
  }

  /// Forgets the claim after its unit of work was rolled back.
  func undo() {
    let insertion = state.withLock { state in
      defer { state = State() }
      return state.insertion
    }
    if let insertion { run.inFlight.undo(insertion, inSlotOf: ending) }
  }

  /// Forgets the claim after it threw this error; sets the plan aside that caused the error.
  func noteFailure(_ error: any Error) {
    let plan = state.withLock { $0.plan }
    undo()
    if let plan {
      run.setPlanAside(plan, error)
    } else {
      run.worker.notify(.trouble(error, during: "claiming"))
    }
  }

  /// Returns the assignment after its unit of work was committed; sets skipped plans aside.
  func take() -> Assignment? {
    let (assignment, skipped) = state.withLock { ($0.assignment, $0.skipped) }
    for plan in skipped { run.setPlanAside(plan.id, plan.error) }
    if let assignment {
      run.worker.store.telemetry.plansClaimed?(1)
      run.setAside.remove(assignment.plan.id)
    }
    return assignment
  }
}

extension PlanTransaction {
  /// Claims one plan for a run of a worker; returns the plans that were skipped.
  fileprivate func claimNext(
    for run: WorkerRun, tried: (Plan.ID?) -> Void, claimed: (Assignment) -> Void
  ) throws -> [PlanBatch.Skipped] {
    let failed = run.setAside.current(at: now).ids
    let batch = try claim(
      for: run, limit: 1, excluding: failed.union(run.unservedPlans.ids(at: now)), tried: tried
    ) { plan in
      if let assignment = try assignment(for: plan) { claimed(assignment) }
    }
    return batch.skipped
  }
}
