public import PlanDomain

/// Statuses that a store keeps in one ordered list.
///
/// Queued and processing go together, phase by phase: workers take plans and give them back all the
/// time, and moving them between lists would be most of the cost. What is being worked on right now
/// is never much, so that a list of its own for all of it finds it.
public enum StatusGroup: UInt8, Hashable, Sendable, CaseIterable {
  /// Queued or processing.
  case strategizeActive, executeActive, applyActive
  /// Waiting for children.
  case executeWaiting
  /// Settled.
  case strategizeComplete, strategizeErrored, strategizeCancelled
  case executeComplete, executeErrored, executeCancelled
  case applyApplied, applyConstrained, applyErrored, applyCancelled

  /// The group of this status.
  public init(_ status: PlanStatus) {
    self =
      switch status {
      case .strategizeQueued, .strategizeProcessing: .strategizeActive
      case .strategizeComplete: .strategizeComplete
      case .strategizeErrored: .strategizeErrored
      case .strategizeCancelled: .strategizeCancelled
      case .executeQueued, .executeProcessing: .executeActive
      case .executeWaiting: .executeWaiting
      case .executeComplete: .executeComplete
      case .executeErrored: .executeErrored
      case .executeCancelled: .executeCancelled
      case .applyQueued, .applyProcessing: .applyActive
      case .applyApplied: .applyApplied
      case .applyConstrained: .applyConstrained
      case .applyErrored: .applyErrored
      case .applyCancelled: .applyCancelled
      }
  }

  /// The status of its plans, apart from those that are being worked on.
  public var restingStatus: PlanStatus {
    switch self {
    case .strategizeActive: .strategizeQueued
    case .executeActive: .executeQueued
    case .applyActive: .applyQueued
    case .executeWaiting: .executeWaiting
    case .strategizeComplete: .strategizeComplete
    case .strategizeErrored: .strategizeErrored
    case .strategizeCancelled: .strategizeCancelled
    case .executeComplete: .executeComplete
    case .executeErrored: .executeErrored
    case .executeCancelled: .executeCancelled
    case .applyApplied: .applyApplied
    case .applyConstrained: .applyConstrained
    case .applyErrored: .applyErrored
    case .applyCancelled: .applyCancelled
    }
  }
}

/// The lists, in order of creation, that the pages of a query go through.
///
/// Every adapter goes through these, so that all of them give the same pages.
public enum IndexScan: Hashable, Sendable {
  /// All plans that are processing.
  case processing
  /// The plans of a scope in these groups.
  case groups(PlanScope, Set<StatusGroup>)
}
