/// The record of one transition, written in the transition's unit of work.
public struct PlanEvent: Hashable, Sendable {
  /// The input of a transition that history needs.
  public indirect enum Detail: Hashable, Sendable {
    /// The owner of a new lease.
    case owner(LeaseOwner)
    /// The reason for a constrain, revert or cancel command.
    case reason(String)
    /// The failure of the attempt, also after a reclaim or evict command.
    case failure(Plan.Failure)
    /// The spawn round and its number of children.
    case children(round: Int, count: Int)
  }

  /// The plan.
  public let plan: Plan.ID
  /// The plan's version after the transition: 1, 2, 3, … without gaps.
  public let sequence: Int
  /// The command that caused the transition.
  public let command: CommandName
  /// The status before the transition; nil when the plan was created.
  public let from: PlanStatus?
  /// The status after the transition.
  public let to: PlanStatus
  /// The time of the transition.
  public let at: Timestamp
  /// The number of attempts used in the phase after the transition.
  public let attempt: Int
  /// The plan's epoch after the transition.
  public let epoch: Int
  /// The command's input, where history needs it.
  public let detail: Detail?

  /// Creates an event, for example from stored values.
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
