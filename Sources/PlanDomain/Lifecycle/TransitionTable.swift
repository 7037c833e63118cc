/// The transition table: which command leads from which status to which.
package enum TransitionTable {
  /// The target of a command.
  package struct Target: Hashable, Sendable {
    /// The status that the command leads to.
    package let status: PlanStatus
    /// The target instead when no attempt is left; nil for commands that do not end attempts.
    package let exhausted: PlanStatus?
  }

  /// One row of the table.
  package struct Row: Hashable, Sendable {
    /// The command.
    package let command: CommandName
    /// The status before the command.
    package let from: PlanStatus
    /// The target.
    package let target: Target
  }

  /// Returns the target of a command in this status; nil when it is not allowed.
  ///
  /// `Plan.applying(_:at:)` checks the rules that need more than the status: a lease, the number of
  /// reverts, and whether the action is read-only.
  package static func target(of command: CommandName, from status: PlanStatus) -> Target? {
    targets[command.position * PlanStatus.allCases.count + Int(status.rawValue)]
  }

  /// All rows of the table.
  package static let rows: [Row] =
    rows(.claim, [(.strategizeQueued, .strategizeProcessing)])
    + rows(.claim, [(.executeQueued, .executeProcessing), (.applyQueued, .applyProcessing)])
    + inPlace(.renew) + inPlace(.checkpoint)
    + rows(.release, processingToQueued)
    + rows(
      .complete,
      [
        (.strategizeProcessing, .strategizeComplete), (.executeProcessing, .executeComplete),
        (.applyProcessing, .applyApplied),
      ])
    + rows(.constrain, [(.applyProcessing, .applyConstrained)])
    + attempts(.fail) + attempts(.reclaim) + attempts(.evict)
    + rows(.expedite, processingToQueued.map { ($0.1, $0.1) })
    + rows(.spawn, [(.executeProcessing, .executeWaiting)])
    + rows(.resume, [(.executeWaiting, .executeQueued)])
    + rows(.advance, [(.strategizeComplete, .executeQueued), (.executeComplete, .applyQueued)])
    + rows(
      .retry,
      [
        (.strategizeErrored, .strategizeQueued), (.executeErrored, .executeQueued),
        (.applyErrored, .applyQueued), (.applyConstrained, .applyQueued),
      ])
    + revertible.map { row(.revert, $0, .strategizeQueued) }
    + PlanStatus.allCases.filter { $0 != .applyApplied && $0.state != .cancelled }
    .map(cancellation)

  private static let processingToQueued: [(PlanStatus, PlanStatus)] = [
    (.strategizeProcessing, .strategizeQueued), (.executeProcessing, .executeQueued),
    (.applyProcessing, .applyQueued),
  ]

  private static let revertible: [PlanStatus] = [
    .strategizeComplete, .strategizeErrored,
    .executeQueued, .executeComplete, .executeErrored,
    .applyQueued, .applyConstrained, .applyErrored,
  ]

  private static func row(
    _ command: CommandName, _ from: PlanStatus, _ to: PlanStatus, exhausted: PlanStatus? = nil
  ) -> Row {
    Row(command: command, from: from, target: Target(status: to, exhausted: exhausted))
  }

  private static func rows(
    _ command: CommandName, _ pairs: [(PlanStatus, PlanStatus)]
  ) -> [Row] {
    pairs.map { row(command, $0.0, $0.1) }
  }

  /// Returns the rows of a command that keeps the lease and the status.
  private static func inPlace(_ command: CommandName) -> [Row] {
    rows(command, processingToQueued.map { ($0.0, $0.0) })
  }

  /// Returns the rows of a command that ends an attempt: queued again if an attempt is left,
  /// otherwise errored.
  private static func attempts(_ command: CommandName) -> [Row] {
    [
      row(command, .strategizeProcessing, .strategizeQueued, exhausted: .strategizeErrored),
      row(command, .executeProcessing, .executeQueued, exhausted: .executeErrored),
      row(command, .applyProcessing, .applyQueued, exhausted: .applyErrored),
    ]
  }

  private static func cancellation(_ from: PlanStatus) -> Row {
    switch from.phase {
    case .strategize: row(.cancel, from, .strategizeCancelled)
    case .execute: row(.cancel, from, .executeCancelled)
    case .apply: row(.cancel, from, .applyCancelled)
    }
  }

  private static let targets: [Target?] = {
    let width = PlanStatus.allCases.count
    var targets = [Target?](repeating: nil, count: CommandName.allCases.count * width)
    for row in rows {
      targets[row.command.position * width + Int(row.from.rawValue)] = row.target
    }
    return targets
  }()
}
