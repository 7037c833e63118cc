/// A command to one plan, with its input.
///
/// A worker's commands require the token of its lease.
package enum PlanCommand: Hashable, Sendable {
  /// Leases a queued plan to this owner until this time.
  case claim(LeaseOwner, until: Timestamp)
  /// Extends the lease until this time, and stores what the handler has reported, unless it is nil.
  case renew(LeaseToken, until: Timestamp, report: String? = nil)
  /// Saves the state from which the phase's work can continue.
  case checkpoint(LeaseToken, Plan.Checkpoint)
  /// Returns the plan to the queue, for this time if it is later than now; the attempt is not
  /// counted.
  case release(LeaseToken, readyAt: Timestamp? = nil)
  /// Completes the phase with its result.
  case complete(LeaseToken, result: JSONValue)
  /// Reports that applying is impossible for a reason outside the plan.
  case constrain(LeaseToken, reason: String)
  /// Fails the attempt; `jitter`, in 0..<1, varies the delay before the next one.
  case fail(LeaseToken, Plan.Failure, jitter: Double)
  /// Makes the plan wait for this round of children.
  case spawn(LeaseToken, ChildRound)
  /// Queues a parent again after its last child has ended.
  case resume
  /// Queues the next phase, with this input for its handler.
  case advance(input: JSONValue? = nil)
  /// Queues an errored or constrained phase again.
  case retry
  /// Returns the plan to the strategize phase.
  case revert(reason: String)
  /// Cancels the plan.
  case cancel(reason: String)
  /// Takes an expired lease away.
  case reclaim
  /// Makes a queued plan ready now.
  case expedite
  /// Takes a lease away, expired or not.
  case evict(reason: String)

  /// The command's name.
  package var name: CommandName {
    switch self {
    case .claim: .claim
    case .renew: .renew
    case .checkpoint: .checkpoint
    case .release: .release
    case .complete: .complete
    case .constrain: .constrain
    case .fail: .fail
    case .spawn: .spawn
    case .resume: .resume
    case .advance: .advance
    case .retry: .retry
    case .revert: .revert
    case .cancel: .cancel
    case .reclaim: .reclaim
    case .expedite: .expedite
    case .evict: .evict
    }
  }

  /// The lease token of the command; nil for commands that need no lease.
  package var token: LeaseToken? {
    switch self {
    case .renew(let token, _, _), .checkpoint(let token, _), .release(let token, _),
      .complete(let token, _), .constrain(let token, _), .fail(let token, _, _),
      .spawn(let token, _):
      token
    case .claim, .resume, .advance, .retry, .revert, .cancel, .reclaim, .expedite, .evict: nil
    }
  }
}
