/// In which order, and how many at a time, the children of one spawn run.
public struct ChildSchedule: Hashable, Sendable {
  /// The order.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// One after the other; after one that does not succeed those behind it are cancelled.
    case sequential
    /// All at once, as far as there are slots.
    case parallel
    /// Each one after the siblings that it depends on.
    case dependencyOrdered
  }

  /// The order.
  public let mode: Mode
  /// How many children hold a slot at a time: 1…32; always 1 when sequential.
  public let maxParallel: Int
  /// Whether the first child without success ends all that have not ended.
  public let failFast: Bool

  /// In parallel, four at a time.
  public static let standard = ChildSchedule(mode: .parallel, width: 4, failFast: false)

  /// A schedule of these choices.
  ///
  /// Throws `outOfRange` when `maxParallel` is not between 1 and 32.
  public init(
    mode: Mode, maxParallel: Int = 4, failFast: Bool = false
  ) throws(PlanError) {
    guard PlanLimits.maxParallel.contains(maxParallel) else {
      throw .outOfRange(field: "schedule.maxParallel", reason: "must be between 1 and 32")
    }
    self.init(mode: mode, width: mode == .sequential ? 1 : maxParallel, failFast: failFast)
  }

  private init(mode: Mode, width: Int, failFast: Bool) {
    self.mode = mode
    maxParallel = width
    self.failFast = failFast
  }
}

/// How far the children of a plan's latest spawn have got.
public struct ChildRound: Hashable, Sendable {
  /// Counts the plan's spawns: 1, 2, ….
  public let number: Int
  /// How the children run.
  package let schedule: ChildSchedule
  /// How many children there are.
  public let total: Int
  /// How many have ended.
  public let ended: Int
  /// How many hold a slot.
  package let holding: Int

  /// Puts a round together; an adapter does that reads it back.
  package init(number: Int, schedule: ChildSchedule, total: Int, ended: Int, holding: Int) {
    self.number = number
    self.schedule = schedule
    self.total = total
    self.ended = ended
    self.holding = holding
  }

  /// The round after `ended` more children ended and `holding` more took a slot.
  package func changed(ended: Int = 0, holding: Int = 0) -> ChildRound {
    ChildRound(
      number: number, schedule: schedule, total: total, ended: self.ended + ended,
      holding: self.holding + holding)
  }

  /// The round after its plan went back to strategize: its number stays taken, and its children
  /// no longer count.
  func forgotten() -> ChildRound {
    ChildRound(number: number, schedule: schedule, total: 0, ended: 0, holding: 0)
  }

  /// Whether every child has ended.
  package var isOver: Bool { ended == total }
  /// How many slots are free.
  package var freeSlots: Int { max(0, schedule.maxParallel - max(0, holding)) }
}
