import Planwright

/// How a plan gets on, in the words of people who look at many plans; the most urgent first.
enum PlanGroup: Int, Sendable, CaseIterable {
  case failed
  case waitsForApproval
  case running
  case waiting
  case retrying
  case queued
  case cancelled
  case done

  /// The words for several plans of the group, as in `3 running`.
  var words: String {
    switch self {
    case .failed: "failed"
    case .waitsForApproval: "waiting for approval"
    case .running: "running"
    case .waiting: "waiting for children"
    case .retrying: "to be repeated"
    case .queued: "queued"
    case .cancelled: "cancelled"
    case .done: "done"
    }
  }
}

extension Plan {
  /// How the plan gets on.
  var group: PlanGroup {
    switch status.state {
    case .queued: progress.failure != nil && progress.attempt > 0 ? .retrying : .queued
    case .processing: .running
    case .waiting: .waiting
    case .complete: isFinal ? .done : .waitsForApproval
    case .applied: .done
    case .constrained, .errored: .failed
    case .cancelled: .cancelled
    }
  }
}

/// The number of plans in each group.
struct GroupCounts: Equatable, Sendable {
  private var counts = [Int](repeating: 0, count: PlanGroup.allCases.count)

  subscript(group: PlanGroup) -> Int {
    get { counts[group.rawValue] }
    set { counts[group.rawValue] = newValue }
  }

  var total: Int { counts.reduce(0, +) }

  /// The groups that have plans, as in `2 failed, 1 running`.
  var words: String {
    PlanGroup.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0.words)" }
      .joined(separator: ", ")
  }

  /// All of it, as in `3 plans: 2 failed, 1 running`.
  var sentence: String { "\(total.plans): \(words)" }

  /// The counts as JSON, with the group's name for a program.
  var document: JSONValue {
    .object(PlanGroup.allCases.map { ("\($0)", .integer(Int64(self[$0]))) })
  }
}
