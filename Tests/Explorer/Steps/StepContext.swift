import PlanDomain
import PlanLifecycle

/// What a step needs to know of the state in which it is taken.
struct StepContext: Sendable {
  let shape: Shape
  let state: TreeState
  let actions: [PlanShape: ActionName]

  private static let owner: LeaseOwner = "worker/1"
  private static let failed: Key = "failed"

  /// Takes a step as part of a unit of work.
  func take(_ step: Step, in transaction: borrowing PlanTransaction) throws {
    let leaseFor = Duration.seconds(shape.lease)
    switch step {
    case .claim(let name):
      try transaction.claim(try plan(name).id, owner: Self.owner, leaseFor: leaseFor)
    case .claimOldest(let limit):
      _ = try transaction.claim(
        owner: Self.owner, actors: [Shape.actor], limit: limit, leaseFor: leaseFor)
    case .work(let name, let command, let behind):
      let plan = try plan(name)
      let token = LeaseToken(plan: plan.id, epoch: plan.progress.epoch - behind)
      try take(command, plan, name, token, in: transaction)
    case .operate(let name, let command, let behind):
      let plan = try plan(name)
      try take(command, plan.id, plan.version - behind, in: transaction)
    case .reclaim(let limit): try transaction.reclaim(limit: limit)
    case .wait: break
    case .purge:
      _ = try transaction.purge(endedBefore: Timestamp(microseconds: .max), limit: 1)
    }
  }

  private func plan(_ name: String) throws -> Plan {
    guard let plan = state.plan(name) else { throw ExplorerError("there is no plan '\(name)'") }
    return plan
  }

  private func take(
    _ command: WorkCommand, _ plan: Plan, _ name: String, _ token: LeaseToken,
    in transaction: borrowing PlanTransaction
  ) throws {
    switch command {
    case .renew: try transaction.renew(token, leaseFor: .seconds(shape.lease))
    case .checkpoint:
      try transaction.checkpoint(token, Plan.Checkpoint(step: "half", data: .null))
    case .release: try transaction.release(token)
    case .postpone:
      try transaction.release(token, readyAt: state.now.adding(.seconds(shape.postponement)))
    case .complete: try transaction.complete(token, result: ["done": true])
    case .constrain: try transaction.constrain(token, reason: "not now")
    case .fail: try transaction.fail(token, try failure(isRetryable: true))
    case .failForGood: try transaction.fail(token, try failure(isRetryable: false))
    case .failLater:
      try transaction.fail(
        token, try failure(isRetryable: true, retryAfter: .seconds(shape.retryAfter)))
    case .spawn:
      let rounds = shape.spawns[name] ?? []
      let next = plan.progress.round?.number ?? 0
      guard next < rounds.count else { throw ExplorerError("'\(name)' spawns no more rounds") }
      try transaction.spawn(token, try rounds[next].spawn(actions, at: state.now))
    }
  }

  private func failure(isRetryable: Bool, retryAfter: Duration? = nil) throws -> Plan.Failure {
    try Plan.Failure(
      code: Self.failed, message: "it failed", isRetryable: isRetryable, retryAfter: retryAfter)
  }

  private func take(
    _ command: OperatorCommand, _ id: Plan.ID, _ version: Int,
    in transaction: borrowing PlanTransaction
  ) throws {
    switch command {
    case .advance: try transaction.advance(id, input: ["approved": true], ifVersion: version)
    case .retry: try transaction.retry(id, ifVersion: version)
    case .revert: try transaction.revert(id, reason: "think again", ifVersion: version)
    case .cancel: try transaction.cancel(id, reason: "not wanted", ifVersion: version)
    case .expedite: try transaction.expedite(id, ifVersion: version)
    case .evict: try transaction.evict(id, reason: "stuck", ifVersion: version)
    }
  }
}
