/// One thing that a worker, an operator or the clock does; its description is Swift code.
///
/// Plans are named by their place in the tree: `root`, `root/a` for the child with the key `a`,
/// `root/2a` for one of the second round.
package enum Step: Hashable, Sendable, CustomStringConvertible {
  /// Any worker claims this plan.
  case claim(String)
  /// Any worker claims those that have been ready longest, at most this many.
  case claimOldest(Int)
  /// The worker whose lease is this number of epochs old does something with a plan.
  case work(String, WorkCommand, behind: Int = 0)
  /// An operator does something to a plan, having seen it this number of versions ago.
  case operate(String, OperatorCommand, behind: Int = 0)
  /// Any worker takes expired leases away, at most this many.
  case reclaim(Int)
  /// The time of the next lease, delay or time-out comes.
  case wait
  /// Finished trees are removed.
  case purge

  /// The step as Swift code.
  package var description: String {
    switch self {
    case .claim(let plan): ".claim(\"\(plan)\")"
    case .claimOldest(let limit): ".claimOldest(\(limit))"
    case .work(let plan, let command, 0): ".work(\"\(plan)\", .\(command))"
    case .work(let plan, let command, let behind):
      ".work(\"\(plan)\", .\(command), behind: \(behind))"
    case .operate(let plan, let command, 0): ".operate(\"\(plan)\", .\(command))"
    case .operate(let plan, let command, let behind):
      ".operate(\"\(plan)\", .\(command), behind: \(behind))"
    case .reclaim(let limit): ".reclaim(\(limit))"
    case .wait: ".wait"
    case .purge: ".purge"
    }
  }

  /// Who takes the step, as far as progress is concerned.
  package enum Kind: UInt8, Sendable {
    /// A worker that gets on.
    case work
    /// A worker that takes expired leases away.
    case reclaiming
    /// A worker that extends its lease or gives its attempt back.
    case keeping
    /// The clock.
    case time
    /// An operator who lets a plan go on.
    case approval
    /// An operator who changes a plan's course.
    case intervention
  }

  /// Who takes the step.
  var kind: Kind {
    switch self {
    case .claim, .claimOldest: .work
    case .reclaim: .reclaiming
    case .work(_, .renew, _), .work(_, .checkpoint, _), .work(_, .release, _),
      .work(_, .postpone, _):
      .keeping
    case .work: .work
    case .wait: .time
    case .operate(_, .advance, _), .operate(_, .retry, _): .approval
    case .operate, .purge: .intervention
    }
  }
}
