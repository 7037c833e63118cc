/// A phase of a plan, in execution order.
public enum PlanPhase: String, Hashable, Sendable, CaseIterable {
  /// Determines what to do.
  case strategize
  /// Does the work, alone or with child plans.
  case execute
  /// Makes the result take effect.
  case apply
}

/// The state of a plan's phase.
public enum PlanState: String, Hashable, Sendable, CaseIterable {
  /// Waits for a worker, or until it is ready.
  case queued
  /// A worker holds the lease.
  case processing
  /// Waits for its spawned children.
  case waiting
  /// The phase is done; the next one has not been queued.
  case complete
  /// The plan took effect.
  case applied
  /// The plan could not take effect for a reason outside it.
  case constrained
  /// Failed with no attempt left, or with a failure that is not retryable.
  case errored
  /// Cancelled.
  case cancelled
}

/// The status of a plan: one of the seventeen valid pairs of phase and state.
public enum PlanStatus: UInt8, Hashable, Sendable, CaseIterable {
  case strategizeQueued, strategizeProcessing, strategizeComplete
  case strategizeErrored, strategizeCancelled
  case executeQueued, executeProcessing, executeWaiting, executeComplete
  case executeErrored, executeCancelled
  case applyQueued, applyProcessing, applyApplied, applyConstrained
  case applyErrored, applyCancelled

  /// Creates the status of this pair; nil when the pair is not valid.
  public init?(_ phase: PlanPhase, _ state: PlanState) {
    guard let status = Self.allCases.first(where: { $0.phase == phase && $0.state == state })
    else { return nil }
    self = status
  }

  /// Parses a status written as `phase/state`; nil for any other text.
  public init?(_ description: String) {
    guard let status = Self.allCases.first(where: { $0.description == description })
    else { return nil }
    self = status
  }

  /// The phase.
  public var phase: PlanPhase {
    if self < .executeQueued { return .strategize }
    return self < .applyQueued ? .execute : .apply
  }

  /// The state.
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

  /// Whether the status is settled: neither queued, processing nor waiting.
  public var isSettled: Bool {
    switch state {
    case .complete, .applied, .constrained, .errored, .cancelled: true
    case .queued, .processing, .waiting: false
    }
  }
}

extension PlanStatus: Comparable, CustomStringConvertible {
  /// Orders statuses by phase, then by progress within the phase.
  public static func < (a: PlanStatus, b: PlanStatus) -> Bool { a.rawValue < b.rawValue }

  /// The pair as `phase/state`.
  public var description: String { "\(phase.rawValue)/\(state.rawValue)" }
}
