/// The three phases a plan goes through, in this order.
public enum PlanPhase: String, Hashable, Sendable, CaseIterable {
  /// Finding out what is to be done.
  case strategize
  /// Doing it, alone or through child plans.
  case execute
  /// Making what was done take effect.
  case apply
}

/// Whether a plan's phase waits for a worker, is being worked on, or has settled.
public enum PlanState: String, Hashable, Sendable, CaseIterable {
  /// Waits for a worker, or for its time.
  case queued
  /// A worker holds the lease.
  case processing
  /// Waits for the children it spawned.
  case waiting
  /// Done; the next phase is still to come.
  case complete
  /// Took effect.
  case applied
  /// Could not take effect for a reason outside the plan.
  case constrained
  /// Failed for good.
  case errored
  /// Called off.
  case cancelled
}

/// Where a plan is: one of the seventeen legal pairs of phase and state, and nothing else.
public enum PlanStatus: UInt8, Hashable, Sendable, CaseIterable {
  case strategizeQueued, strategizeProcessing, strategizeComplete
  case strategizeErrored, strategizeCancelled
  case executeQueued, executeProcessing, executeWaiting, executeComplete
  case executeErrored, executeCancelled
  case applyQueued, applyProcessing, applyApplied, applyConstrained
  case applyErrored, applyCancelled

  /// The status of this pair, or nil when the pair is not one of the seventeen.
  public init?(_ phase: PlanPhase, _ state: PlanState) {
    guard let status = Self.allCases.first(where: { $0.phase == phase && $0.state == state })
    else { return nil }
    self = status
  }

  /// The status written `phase/state`, or nil for any other text.
  public init?(_ description: String) {
    guard let status = Self.allCases.first(where: { $0.description == description })
    else { return nil }
    self = status
  }

  /// The phase of the pair.
  public var phase: PlanPhase {
    if self < .executeQueued { return .strategize }
    return self < .applyQueued ? .execute : .apply
  }

  /// The state of the pair.
  public var state: PlanState {
    switch self {
    case .strategizeQueued, .executeQueued, .applyQueued: .queued
    case .strategizeProcessing, .executeProcessing, .applyProcessing: .processing
    case .executeWaiting: .waiting
    case .strategizeComplete, .executeComplete: .complete
    case .applyApplied: .applied
    case .applyConstrained: .constrained
    case .strategizeErrored, .executeErrored, .applyErrored: .errored
    case .strategizeCancelled, .executeCancelled, .applyCancelled: .cancelled
    }
  }

  /// Whether no worker may touch a plan of this status.
  public var isSettled: Bool {
    switch state {
    case .complete, .applied, .constrained, .errored, .cancelled: true
    case .queued, .processing, .waiting: false
    }
  }
}

extension PlanStatus: Comparable, CustomStringConvertible {
  /// Orders statuses by phase, then as the phase goes on.
  public static func < (a: PlanStatus, b: PlanStatus) -> Bool { a.rawValue < b.rawValue }

  /// The pair as `phase/state`.
  public var description: String { "\(phase.rawValue)/\(state.rawValue)" }
}
