/// What an operator does to a plan.
package enum OperatorCommand: String, Hashable, Sendable, CaseIterable {
  /// Queues the next phase, with an input.
  case advance
  /// Queues a failed phase again.
  case retry
  /// Returns the plan to strategize.
  case revert
  /// Cancels the plan and its descendants.
  case cancel
  /// Makes the plan ready now.
  case expedite
  /// Takes the lease away.
  case evict
}
