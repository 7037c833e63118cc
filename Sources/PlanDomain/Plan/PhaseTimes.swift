/// The times at which a phase was queued, first started and ended.
public struct PhaseTimes: Hashable, Sendable {
  // Int64.min means "not yet": three optionals would take twice the memory in every plan.
  private static let notYet = Int64.min
  private var queued = notYet
  private var started = notYet
  private var ended = notYet

  /// Creates the times of a phase that has not been reached.
  package init() {}

  /// Creates times from stored values.
  package init(queuedAt: Timestamp?, startedAt: Timestamp?, endedAt: Timestamp?) {
    queued = queuedAt?.microseconds ?? Self.notYet
    started = startedAt?.microseconds ?? Self.notYet
    ended = endedAt?.microseconds ?? Self.notYet
  }

  /// The time at which the phase was queued.
  public var queuedAt: Timestamp? { Self.timestamp(queued) }
  /// The time at which a worker first claimed the phase after that.
  public var startedAt: Timestamp? { Self.timestamp(started) }
  /// The time at which the phase settled.
  public var endedAt: Timestamp? { Self.timestamp(ended) }

  private static func timestamp(_ microseconds: Int64) -> Timestamp? {
    microseconds == notYet ? nil : Timestamp(microseconds: microseconds)
  }

  mutating func start(at now: Timestamp) {
    if started == Self.notYet { started = now.microseconds }
  }

  mutating func end(at now: Timestamp) { ended = now.microseconds }
}
