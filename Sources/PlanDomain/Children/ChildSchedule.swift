/// The order and the parallelism of the children of one spawn.
public struct ChildSchedule: Hashable, Sendable {
  /// The order.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// One after the other; when a child does not succeed, the children after it are cancelled.
    case sequential
    /// All at once, within the number of slots.
    case parallel
    /// Each child after the siblings that it depends on.
    case dependencyOrdered
  }

  /// The order.
  public let mode: Mode
  /// The maximum number of children that hold a slot: 1…32; always 1 when sequential.
  public let maxParallel: Int
  /// Whether the first child that does not succeed cancels all siblings that have not ended.
  public let failFast: Bool

  /// Parallel, at most four at a time.
  public static let standard = ChildSchedule(mode: .parallel, slots: 4, failFast: false)

  /// Creates a schedule; a sequential one always has one slot, whatever `maxParallel` is.
  ///
  /// ```swift
  /// let schedule = try ChildSchedule(mode: .dependencyOrdered, maxParallel: 8, failFast: true)
  /// ```
  ///
  /// - Throws: ``PlanError/Code/outOfRange`` if `maxParallel` is not between 1 and 32.
  public init(
    mode: Mode, maxParallel: Int = 4, failFast: Bool = false
  ) throws(PlanError) {
    guard PlanLimits.maxParallel.contains(maxParallel) else {
      throw .outOfRange(field: "schedule.maxParallel", reason: "must be between 1 and 32")
    }
    self.init(mode: mode, slots: mode == .sequential ? 1 : maxParallel, failFast: failFast)
  }

  private init(mode: Mode, slots: Int, failFast: Bool) {
    self.mode = mode
    maxParallel = slots
    self.failFast = failFast
  }
}

/// The progress of the children of a plan's latest spawn.
public struct ChildRound: Hashable, Sendable {
  /// The number of the spawn: 1, 2, ….
  public let number: Int
  /// The schedule.
  package let schedule: ChildSchedule
  /// The number of children.
  public let total: Int
  /// The number of children that have ended.
  public let ended: Int
  /// The number of children that hold a slot.
  package let holding: Int

  /// Creates a round, for example from stored values.
  package init(number: Int, schedule: ChildSchedule, total: Int, ended: Int, holding: Int) {
    self.number = number
    self.schedule = schedule
    self.total = total
    self.ended = ended
    self.holding = holding
  }

  /// Returns the round after `ended` more children ended and `holding` more took a slot.
  package func changed(ended: Int = 0, holding: Int = 0) -> ChildRound {
    ChildRound(
      number: number, schedule: schedule, total: total, ended: self.ended + ended,
      holding: self.holding + holding)
  }

  /// Returns the round after its plan was reverted.
  ///
  /// The number stays in use; the children no longer count.
  func cleared() -> ChildRound {
    ChildRound(number: number, schedule: schedule, total: 0, ended: 0, holding: 0)
  }

  /// Whether every child has ended.
  package var isOver: Bool { ended == total }
  /// The number of free slots.
  package var freeSlots: Int { max(0, schedule.maxParallel - max(0, holding)) }
}
