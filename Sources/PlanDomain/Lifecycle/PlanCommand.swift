/// A command to one plan, with all that it needs.
///
/// A worker's commands cannot be made without the token of its lease.
package enum PlanCommand: Hashable, Sendable {
  /// Gives a queued plan to this owner until then.
  case claim(LeaseOwner, until: Timestamp)
  /// Prolongs the lease until then.
  case renew(LeaseToken, until: Timestamp)
  /// Keeps the point that the work can go on from.
  case checkpoint(LeaseToken, Plan.Checkpoint)
  /// Gives the plan back, attempt and all.
  case release(LeaseToken)
  /// Ends the phase with its result.
  case complete(LeaseToken, result: JSONValue)
  /// Says that applying is not possible for a reason outside the plan.
  case constrain(LeaseToken, reason: String)
  /// Ends the attempt; the jitter, in 0..<1, spreads the next ones.
  case fail(LeaseToken, Plan.Failure, jitter: Double)
  /// Waits for this round of children.
  case spawn(LeaseToken, ChildRound)
  /// Takes a parent up again whose last child ended.
  case resume
  /// Goes on to the next phase.
  case advance
  /// Takes an errored phase up again.
  case retry
  /// Goes back to strategize.
  case revert(reason: String)
  /// Calls the plan off.
  case cancel(reason: String)
  /// Takes an expired lease away.
  case reclaim
  /// Makes a queued plan ready now.
  case expedite
  /// Takes a lease away, expired or not, for this reason.
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

  /// The token that the command presents; nil for commands that need no lease.
  package var token: LeaseToken? {
    switch self {
    case .renew(let token, _), .checkpoint(let token, _), .release(let token),
      .complete(let token, _), .constrain(let token, _), .fail(let token, _, _),
      .spawn(let token, _):
      token
    case .claim, .resume, .advance, .retry, .revert, .cancel, .reclaim, .expedite, .evict: nil
    }
  }
}
