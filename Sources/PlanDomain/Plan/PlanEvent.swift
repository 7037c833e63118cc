/// The record of one transition, written in the same unit of work as the transition.
public struct PlanEvent: Hashable, Sendable {
  /// What a transition was given, where history needs it.
  public indirect enum Detail: Hashable, Sendable {
    /// Who claimed the plan.
    case owner(LeaseOwner)
    /// Why the plan was constrained, reverted or cancelled.
    case reason(String)
    /// Why the attempt failed.
    case failure(Plan.Failure)
    /// How many children were spawned, in which round.
    case children(round: Int, count: Int)
  }

  /// Whose transition it was.
  public let plan: Plan.ID
  /// The version that the plan has since: 1, 2, 3, … without gaps.
  public let sequence: Int
  /// The command that caused it.
  public let command: CommandName
  /// The status before; nil when the plan was made.
  public let from: PlanStatus?
  /// The status since.
  public let to: PlanStatus
  /// When it happened.
  public let at: Timestamp
  /// The attempts used up since.
  public let attempt: Int
  /// The epoch since.
  public let epoch: Int
  /// What the command was given.
  public let detail: Detail?

  /// Puts an event together, as an adapter does that reads it back.
  package init(
    plan: Plan.ID, sequence: Int, command: CommandName, from: PlanStatus?, to: PlanStatus,
    at: Timestamp, attempt: Int, epoch: Int, detail: Detail?
  ) {
    self.plan = plan
    self.sequence = sequence
    self.command = command
    self.from = from
    self.to = to
    self.at = at
    self.attempt = attempt
    self.epoch = epoch
    self.detail = detail
  }
}
