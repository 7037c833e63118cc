import PlanDomain
import PlanLifecycle
import PlanStorage

/// What happened in a run of a scenario.
enum WorkerNote: Sendable, CustomStringConvertible {
  /// A move was taken.
  case move(WorkerMove)
  /// A worker reported something.
  case report(worker: Int, WorkerReport)
  /// A handler returned or threw.
  case returned(worker: Int, LeaseToken)
  /// A run of a worker ended; nil without an error.
  case ended(worker: Int, (any Error)?)

  var description: String {
    switch self {
    case .move(let move): "\(move)"
    case .report(let worker, let report): "    worker \(worker + 1): \(report.summary)"
    case .returned(let worker, let token):
      "    worker \(worker + 1): the handler of \(token.summary) returns"
    case .ended(let worker, let error):
      "    worker \(worker + 1): the run ends\(error.map { " with \($0)" } ?? "")"
    }
  }
}

/// The notes of one run, in order.
///
/// Safe to use from any thread.
final class WorkerNotes: Sendable {
  private let notes = Locked([WorkerNote]())

  var all: [WorkerNote] { notes.withLock { $0 } }

  func add(_ note: WorkerNote) { notes.withLock { $0.append(note) } }
}

extension LeaseToken {
  /// The end of the plan's id and the epoch.
  var summary: String { "…\("\(plan)".suffix(4))/\(epoch)" }
}

extension WorkerReport {
  fileprivate var summary: String {
    switch self {
    case .started(let assignment): "\(assignment.token.summary) started"
    case .progress(let plan, let text): "\(plan) says \(text)"
    case .reported(let plan):
      "the outcome of …\("\(plan.id)".suffix(4)) is committed: \(plan.status)"
    case .leaseLost(let token): "\(token.summary) lost"
    case .abandoned(let token): "\(token.summary) abandoned"
    case .released(let token): "\(token.summary) released"
    case .trouble(let error, let operation): "\(operation) failed: \(error)"
    default: "\(self)"
    }
  }
}
