import PlanDomain
import PlanStorage

/// Binding and reading of the changing part of a plan, in the order of `Columns.progress`.
extension StatementRun {
  mutating func bind(progress: PlanProgress) {
    bind(progress.version)
    bind(progress.attempt)
    bind(progress.reversionCount)
    bind(progress.epoch)
    bind(progress.lease?.owner.description)
    bind(progress.lease?.expiresAt)
    bind(progress.lease?.end)
    bind(progress.readyAt)
    bind(progress.unmetDependencies)
    bind(progress.updatedAt.microseconds)
    for phase in [PlanPhase.strategize, .execute, .apply] {
      let times = progress[times: phase]
      bind(times.queuedAt)
      bind(times.startedAt)
      bind(times.endedAt)
    }
    let round = progress.round
    bind(round?.number)
    bind(round?.schedule.mode.rawValue)
    bind(round?.schedule.maxParallel)
    bind((round?.schedule.failFast).map { $0 ? 1 : 0 })
    bind(round?.total)
    bind(round?.ended)
    bind(round?.holding)
  }

  /// Binds the values of `Columns.derived`, which are computed from the plan.
  mutating func bind(derivedFrom plan: Plan, _ due: StoredDuePosition?) {
    bind(due?.list)
    bind(due?.time)
    bind(plan.isStartable)
  }

  /// Reads the changing part; returns a function that adds the documents, whose columns come later.
  mutating func progress(
    _ status: PlanStatus
  ) throws(StorageError) -> (PlanDocuments?) -> PlanProgress {
    let (version, attempt) = (try count("version"), try count("attempt"))
    let (reversions, epoch) = (try count("reversion_count"), try count("epoch"))
    let owner: LeaseOwner? = try optionalShort("lease_owner")
    let (expiry, end) = (optionalTime(), optionalTime())
    let lease = owner.flatMap { owner in
      expiry.map { Lease(owner: owner, expiresAt: $0, end: end) }
    }
    let (readyAt, unmet, updatedAt) = (
      optionalTime(), try count("unmet_dependencies"), time()
    )
    let times = (phaseTimes(), phaseTimes(), phaseTimes())
    let round = try round()
    return { documents in
      PlanProgress(
        status: status, version: version, attempt: attempt, reversionCount: reversions,
        epoch: epoch, lease: lease, readyAt: readyAt, unmetDependencies: unmet,
        updatedAt: updatedAt, times: (times.0, times.1, times.2), documents: documents,
        round: round)
    }
  }

  private mutating func phaseTimes() -> PhaseTimes {
    PhaseTimes(queuedAt: optionalTime(), startedAt: optionalTime(), endedAt: optionalTime())
  }

  private mutating func round() throws(StorageError) -> ChildRound? {
    if isNull {
      skip(7)
      return nil
    }
    let number = try count("spawn_round")
    let (mode, width, failFast) = (text(), int(), bool())
    guard let mode = ChildSchedule.Mode(rawValue: mode),
      let schedule = try? ChildSchedule(mode: mode, maxParallel: width, failFast: failFast)
    else { throw damage("spawn_mode") }
    return ChildRound(
      number: number, schedule: schedule, total: try count("spawn_total"),
      ended: try count("spawn_ended"), holding: try count("spawn_holding"))
  }
}

/// Binding and reading of the documents of a plan, in the order of `Columns.documents`.
extension StatementRun {
  mutating func bind(documents: PlanDocuments) {
    bind(documents.strategize)
    bind(documents.execute)
    bind(documents.apply)
    bind(documents.checkpoint?.step.description)
    bind(documents.checkpoint?.data)
    bind(documents.failure?.code.description)
    bind(documents.failure?.message)
    bind(documents.failure?.detail)
    bind((documents.failure?.isRetryable).map { $0 ? 1 : 0 })
    bind(documents.failure?.retryAfter?.wholeMicroseconds)
    bind(documents.input)
    bind(documents.report)
  }

  mutating func documents() throws(StorageError) -> PlanDocuments {
    let (strategize, execute, apply) = (
      try optionalDocument("strategize"), try optionalDocument("execute"),
      try optionalDocument("apply")
    )
    let step: Key? = try optionalShort("checkpoint_step")
    let data = try optionalDocument("checkpoint_data")
    var checkpoint: Plan.Checkpoint?
    if let step {
      guard let data, let read = try? Plan.Checkpoint(step: step, data: data) else {
        throw damage("checkpoint_data")
      }
      checkpoint = read
    }
    return PlanDocuments(
      strategize: strategize, execute: execute, apply: apply, checkpoint: checkpoint,
      failure: try failure(), input: try optionalDocument("input"), report: optionalText())
  }

  private mutating func failure() throws(StorageError) -> Plan.Failure? {
    guard let code: Key = try optionalShort("failure_code") else {
      skip(4)
      return nil
    }
    return Plan.Failure(
      uncheckedCode: code, message: text(), detail: try optionalDocument("failure_detail"),
      isRetryable: bool(), retryAfter: optionalInteger().map { .microseconds($0) })
  }
}
