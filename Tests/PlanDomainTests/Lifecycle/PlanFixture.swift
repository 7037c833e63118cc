import PlanDomain

/// Small plans for tests of transitions.
enum PlanFixture {
  static let now = Timestamp(microseconds: 1_000_000_000_000)

  static func snapshot(
    readOnly: Bool = false, attempts: Int = 3, attemptTimeout: Duration? = nil
  ) throws -> ActionSnapshot {
    let actor = ActorName("somebody")
    return ActionSnapshot(
      name: ActionName("local/sample"), version: 1,
      actors: Actors(strategy: actor, execution: actor), invariants: [],
      retry: try RetryPolicy(attempts: attempts, base: .seconds(1), cap: .seconds(300)),
      readOnly: readOnly, attemptTimeout: attemptTimeout)
  }

  static func definition(
    _ number: UInt64 = 1, action: ActionSnapshot, automation: Automation = .manual,
    position: ChildPosition? = nil
  ) -> PlanDefinition {
    PlanDefinition(
      id: Plan.ID(ULID(high: 1, low: number)), action: action, description: "a sample",
      definitionOfDone: "it is done", arguments: [:], defaultedArguments: [],
      projects: [], automation: automation, idempotencyKey: nil, createdBy: nil, createdAt: now,
      position: position)
  }

  /// A plan of this status, as a store could hold it.
  static func plan(
    _ status: PlanStatus, readOnly: Bool = false, attempt: Int = 1, reversions: Int = 0,
    attempts: Int = 3, expiresAt: Timestamp = now, end: Timestamp? = nil,
    attemptTimeout: Duration? = nil, input: JSONValue? = nil
  ) throws -> Plan {
    let documents = PlanDocuments(
      strategize: .string("strategy"), execute: .string("execution"), apply: .string("effect"),
      checkpoint: try Plan.Checkpoint(step: Key("half"), data: 1), failure: nil, input: input)
    let action = try snapshot(
      readOnly: readOnly, attempts: attempts, attemptTimeout: attemptTimeout)
    return Plan(
      definition: definition(action: action),
      progress: PlanProgress(
        status: status, version: 7, attempt: attempt, reversionCount: reversions, epoch: 5,
        lease: status.state == .processing
          ? Lease(owner: LeaseOwner("worker/1"), expiresAt: expiresAt, end: end) : nil,
        readyAt: status.state == .queued ? now : nil, unmetDependencies: 0, updatedAt: now,
        times: (PhaseTimes(), PhaseTimes(), PhaseTimes()), documents: documents,
        round: status == .executeWaiting
          ? ChildRound(number: 1, schedule: .standard, total: 1, ended: 1, holding: 0) : nil))
  }

  /// A command of this name with everything that it needs to be allowed.
  static func command(_ name: CommandName, for plan: Plan) throws -> PlanCommand? {
    let token = LeaseToken(plan: plan.id, epoch: plan.progress.epoch)
    let later = now.adding(.seconds(60))
    return switch name {
    case .use: nil
    case .claim: .claim(LeaseOwner("worker/2"), until: later)
    case .renew: .renew(token, until: later)
    case .checkpoint: .checkpoint(token, try Plan.Checkpoint(step: Key("step"), data: .null))
    case .release: .release(token)
    case .complete: .complete(token, result: .string("result"))
    case .constrain: .constrain(token, reason: "no room")
    case .fail: .fail(token, try failure(isRetryable: true), jitter: 0.5)
    case .spawn:
      .spawn(
        token, ChildRound(number: 1, schedule: .standard, total: 2, ended: 0, holding: 2))
    case .resume: .resume
    case .advance: .advance()
    case .retry: .retry
    case .revert: .revert(reason: "think again")
    case .cancel: .cancel(reason: "no longer wanted")
    case .reclaim: .reclaim
    case .expedite: .expedite
    case .evict: .evict(reason: "stuck")
    }
  }

  static func failure(isRetryable: Bool) throws -> Plan.Failure {
    try Plan.Failure(code: Key("broken"), message: "it broke", isRetryable: isRetryable)
  }
}
