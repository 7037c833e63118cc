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
  /// `strategize/queued`: waits for a worker that determines what to do.
  case strategizeQueued
  /// `strategize/processing`: a worker determines what to do.
  case strategizeProcessing
  /// `strategize/complete`: waits for `advance`, unless the automation gives it at once.
  case strategizeComplete
  /// `strategize/errored`: failed for good; `retry`, `revert` or `cancel` it.
  case strategizeErrored
  /// `strategize/cancelled`: final.
  case strategizeCancelled
  /// `execute/queued`: waits for a worker that does the work, or goes on after its children.
  case executeQueued
  /// `execute/processing`: a worker does the work.
  case executeProcessing
  /// `execute/waiting`: waits, without a worker, until its children have ended.
  case executeWaiting
  /// `execute/complete`: waits for `advance`; final for a plan of a read-only action.
  case executeComplete
  /// `execute/errored`: failed for good; `retry`, `revert` or `cancel` it.
  case executeErrored
  /// `execute/cancelled`: final.
  case executeCancelled
  /// `apply/queued`: waits for a worker that makes the result take effect.
  case applyQueued
  /// `apply/processing`: a worker makes the result take effect.
  case applyProcessing
  /// `apply/applied`: took effect; final.
  case applyApplied
  /// `apply/constrained`: could not take effect; `retry`, `revert` or `cancel` it.
  case applyConstrained
  /// `apply/errored`: failed for good; `retry`, `revert` or `cancel` it.
  case applyErrored
  /// `apply/cancelled`: final.
  case applyCancelled

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
