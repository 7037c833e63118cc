/// The commands of the transition table, by the names that errors and events use.
public enum CommandName: String, Hashable, Sendable, CaseIterable {
  /// Makes a plan.
  case use
  /// Gives a queued plan to a worker.
  case claim
  /// Prolongs a lease.
  case renew
  /// Keeps the point that the work can go on from.
  case checkpoint
  /// Gives a plan back, attempt and all.
  case release
  /// Ends a phase with its result.
  case complete
  /// Says that applying is not possible for a reason outside the plan.
  case constrain
  /// Ends an attempt without success.
  case fail
  /// Makes children and waits for them.
  case spawn
  /// Takes a parent up again whose last child ended.
  case resume
  /// Goes on to the next phase.
  case advance
  /// Takes an errored phase up again.
  case retry
  /// Goes back to strategize.
  case revert
  /// Calls a plan and its descendants off.
  case cancel
  /// Takes an expired lease away.
  case reclaim
  /// Makes a queued plan ready now.
  case expedite
  /// Takes a lease away, expired or not.
  case evict

  /// The position in the list of commands.
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
