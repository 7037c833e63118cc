/// When a phase was queued, first started and ended.
public struct PhaseTimes: Hashable, Sendable {
  // Int64.min stands for "not yet": three optionals would take twice the memory in every plan.
  private static let notYet = Int64.min
  private var queued = notYet
  private var started = notYet
  private var ended = notYet

  /// A phase that has not been reached.
  package init() {}

  /// A phase with these times, as an adapter reads them back.
  package init(queuedAt: Timestamp?, startedAt: Timestamp?, endedAt: Timestamp?) {
    queued = queuedAt?.microseconds ?? Self.notYet
    started = startedAt?.microseconds ?? Self.notYet
    ended = endedAt?.microseconds ?? Self.notYet
  }

  /// When the phase was put into the queue.
  public var queuedAt: Timestamp? { Self.timestamp(queued) }
  /// When a worker first claimed it after that.
  public var startedAt: Timestamp? { Self.timestamp(started) }
  /// When it settled.
  public var endedAt: Timestamp? { Self.timestamp(ended) }

  private static func timestamp(_ microseconds: Int64) -> Timestamp? {
    microseconds == notYet ? nil : Timestamp(microseconds: microseconds)
  }

  mutating func start(at now: Timestamp) {
    if started == Self.notYet { started = now.microseconds }
  }

  mutating func end(at now: Timestamp) { ended = now.microseconds }
}
