/// The record of one transition, written in the transition's unit of work.
///
/// The events of a plan are 1, 2, 3, … without gaps, and lead to its status. `events(of:)` of a
/// `PlanSnapshot` reads them; the feed returns those of all plans.
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
    /// The size of the input that an advance command carried; the input itself is not recorded.
    case input(bytes: Int)
    /// The time for which a release command queued the plan.
    case postponed(until: Timestamp)
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
  private let record: Record

  /// The command's input, where history needs it.
  public var detail: Detail? {
    switch record {
    case .nothing: nil
    case .detail(let detail): detail
    case .signed(let signed): signed.detail
    }
  }
  /// The person or program that gave the command, if the command named one.
  public var by: String? { if case .signed(let signed) = record { signed.by } else { nil } }
  /// The note of the command, for people.
  public var note: String? { if case .signed(let signed) = record { signed.note } else { nil } }

  /// Creates an event, for example from stored values.
  package init(
    plan: Plan.ID, sequence: Int, command: CommandName, from: PlanStatus?, to: PlanStatus,
    at: Timestamp, attempt: Int, epoch: Int, detail: Detail?, by: String? = nil,
    note: String? = nil
  ) {
    self.plan = plan
    self.sequence = sequence
    self.command = command
    self.from = from
    self.to = to
    self.at = at
    self.attempt = attempt
    self.epoch = epoch
    if by != nil || note != nil {
      record = .signed(SignedDetail(detail: detail, by: by, note: note))
    } else if let detail {
      record = .detail(detail)
    } else {
      record = .nothing
    }
  }

  /// The detail with author and note, in one word: a store in memory keeps many events.
  private enum Record: Hashable, Sendable {
    case nothing
    case detail(Detail)
    case signed(SignedDetail)
  }
}

/// The detail of an operator's command, with the command's author and note.
private final class SignedDetail: Hashable, Sendable {
  let detail: PlanEvent.Detail?
  let by: String?
  let note: String?

  init(detail: PlanEvent.Detail?, by: String?, note: String?) {
    self.detail = detail
    self.by = by
    self.note = note
  }

  static func == (a: SignedDetail, b: SignedDetail) -> Bool {
    a.detail == b.detail && a.by == b.by && a.note == b.note
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(detail)
    hasher.combine(by)
    hasher.combine(note)
  }
}
