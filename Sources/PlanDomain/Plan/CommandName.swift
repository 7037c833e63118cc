/// The name of a command, as used in the transition table and in errors; events have those that
/// move a plan.
public enum CommandName: String, Hashable, Sendable, CaseIterable {
  /// Creates a plan.
  case use
  /// Leases a queued plan to a worker.
  case claim
  /// Extends a lease.
  case renew
  /// Saves the state from which the phase's work can continue.
  case checkpoint
  /// Returns a plan to the queue; the attempt is not counted.
  case release
  /// Completes a phase with its result.
  case complete
  /// Reports that applying is impossible for a reason outside the plan.
  case constrain
  /// Fails an attempt.
  case fail
  /// Creates children; the parent waits until they have ended.
  case spawn
  /// Queues a parent again after its last child has ended.
  case resume
  /// Queues the next phase.
  case advance
  /// Queues an errored or constrained phase again.
  case retry
  /// Returns a plan to the strategize phase.
  case revert
  /// Cancels a plan and its descendants.
  case cancel
  /// Takes an expired lease away.
  case reclaim
  /// Makes a queued plan ready now.
  case expedite
  /// Takes a lease away, expired or not.
  case evict

  /// The index of the command's rows in the transition table; equals its position in `allCases`.
  var position: Int {
    switch self {
    case .use: 0
    case .claim: 1
    case .renew: 2
    case .checkpoint: 3
    case .release: 4
    case .complete: 5
    case .constrain: 6
    case .fail: 7
    case .spawn: 8
    case .resume: 9
    case .advance: 10
    case .retry: 11
    case .revert: 12
    case .cancel: 13
    case .reclaim: 14
    case .expedite: 15
    case .evict: 16
    }
  }
}
