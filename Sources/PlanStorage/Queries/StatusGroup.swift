public import PlanDomain

/// A group of statuses whose plans a store keeps in one ordered list.
///
/// Queued and processing plans of one phase share a list: workers claim and release plans all the
/// time, and moving plans between lists would be most of the cost. Processing plans are few, so one
/// extra list of all of them is enough to find them.
public enum StatusGroup: UInt8, Hashable, Sendable, CaseIterable {
  /// The plans whose strategize phase is queued or processing.
  case strategizeActive
  /// The plans whose execute phase is queued or processing.
  case executeActive
  /// The plans whose apply phase is queued or processing.
  case applyActive
  /// The plans that wait for children.
  case executeWaiting
  /// The plans that are `strategize/complete`.
  case strategizeComplete
  /// The plans that are `strategize/errored`.
  case strategizeErrored
  /// The plans that are `strategize/cancelled`.
  case strategizeCancelled
  /// The plans that are `execute/complete`.
  case executeComplete
  /// The plans that are `execute/errored`.
  case executeErrored
  /// The plans that are `execute/cancelled`.
  case executeCancelled
  /// The plans that are `apply/applied`.
  case applyApplied
  /// The plans that are `apply/constrained`.
  case applyConstrained
  /// The plans that are `apply/errored`.
  case applyErrored
  /// The plans that are `apply/cancelled`.
  case applyCancelled

  /// Creates the group that contains this status.
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

  /// The status of the plans of the group that are not processing.
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

/// The plans that a query examines, in order of creation.
///
/// Every adapter scans the same plans, so that all adapters return the same pages.
public enum IndexScan: Hashable, Sendable {
  /// All processing plans.
  case processing
  /// The plans of a scope whose statuses are in these groups.
  case groups(PlanScope, Set<StatusGroup>)
}
